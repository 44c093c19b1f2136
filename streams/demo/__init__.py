"""`tocsin demo`: everything on one machine, from real orders to mails, and an honest count at the end."""
