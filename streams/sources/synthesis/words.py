"""What generated tickets say. Invented sentences, a few per category."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, ...]] = {
    "delivery": (
        "My order has not come yet, and nobody can tell me where it is.",
        "I waited at home all afternoon. When will the delivery be here?",
        "The tracking has not moved since it was shipped. Please look into it.",
        "The driver left it with a neighbour I do not know.",
        "It was promised for today. What is going on?",
    ),
    "quality": (
        "The vegetables were wilted when they arrived.",
        "Two of the eggs were broken, and the box was wet.",
        "The milk is past its date already.",
        "The frozen things had thawed. I had to throw them away.",
        "The bread was squashed flat under the bottles.",
    ),
    "billing": (
        "I was charged twice for the same order.",
        "The coupon was not taken off my total.",
        "The price on the receipt is not the one on the shelf.",
        "I cannot find the refund on my account.",
    ),
    "loyalty": (
        "My points for last week are missing.",
        "How do I change the card that my points go to?",
        "The household's second card does not work at the till.",
    ),
    "other": (
        "Do you have this in a larger pack?",
        "Please change the address on my account.",
        "I left my umbrella at the counter. Was it found?",
    ),
}
CATEGORIES = tuple(TEXTS)
SHARES = (3.0, 3.0, 2.0, 1.0, 1.0)
ANSWER = "Thank you for telling us. We are looking into it and will come back to you."
QUESTION = "Thank you. Is there any news?"
STILL = "This is not solved yet."
