"""What a customer is worth while they keep buying, and which churn scores deserve a contact. Pure."""
