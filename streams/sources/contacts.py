"""Real campaigns and coupon redemptions as `tocsin.contact.*`, real profiles as `tocsin.customer.upserted`.

The source gives campaigns by household with the campaign's first day, and redemptions by day; see
`complete_journey` for what a date stands for. Profiles have no date: they are dated to the year's first day.
"""

from __future__ import annotations

import pandas as pd

from streams.sources import complete_journey as journey
from streams.sources.record import Record
from streams.sources.strand import Strand, cloud_event, stamps

SENT = "tocsin.contact.sent.v1"
REDEEMED = "tocsin.contact.redeemed.v1"
UPSERTED = "tocsin.customer.upserted.v1"


def sent() -> Strand:
    """Each household that a campaign was sent to, on the campaign's first day."""
    campaigns = journey.table("campaigns").merge(journey.table("campaign_descriptions"), on="campaign_id")
    campaigns = campaigns.sort_values(["start_date", "campaign_id", "household_id"], ignore_index=True)
    rows = list(zip(journey.texts(campaigns["campaign_id"].to_numpy()), _households(campaigns), strict=True))
    at = journey.noon(campaigns["start_date"])
    times, moments = stamps(at), at.tolist()

    def build(row: int) -> Record:
        campaign, customer = rows[row]
        identity = f"campaign-{campaign}-{customer}"
        data: dict[str, object] = {
            "contact_id": identity,
            "customer_id": customer,
            "kind": "campaign",
            "campaign_id": campaign,
        }
        value = cloud_event(SENT, f"sent-{identity}", journey.SOURCE, times[row], data, synthetic=False)
        return Record("contacts", customer.encode(), value, moments[row])

    return Strand("contact.sent", "contacts", at, build)


def redeemed() -> Strand:
    """Each coupon that a household redeemed."""
    columns = ["redemption_date", "household_id", "coupon_upc", "campaign_id"]
    redemptions = journey.table("coupon_redemptions").sort_values(columns, ignore_index=True)
    rows = list(
        zip(
            _households(redemptions),
            journey.texts(redemptions["coupon_upc"].to_numpy()),
            journey.texts(redemptions["campaign_id"].to_numpy()),
            redemptions["redemption_date"].dt.strftime("%Y%m%d").tolist(),
            strict=True,
        )
    )
    at = journey.noon(redemptions["redemption_date"])
    times, moments = stamps(at), at.tolist()

    def build(row: int) -> Record:
        customer, coupon, campaign, day = rows[row]
        identity = f"coupon-{campaign}-{coupon}-{customer}"
        data: dict[str, object] = {
            "contact_id": identity,
            "customer_id": customer,
            "kind": "coupon",
            "campaign_id": campaign,
            "coupon_id": coupon,
        }
        value = cloud_event(
            REDEEMED, f"redeemed-{identity}-{day}", journey.SOURCE, times[row], data, synthetic=False
        )
        return Record("contacts", customer.encode(), value, moments[row])

    return Strand("contact.redeemed", "contacts", at, build)


def profiles() -> Strand:
    """The households whose demographics are known."""
    known = journey.table("demographics").sort_values("household_id", ignore_index=True)
    customers = _households(known)
    answers = known.drop(columns="household_id").to_dict("records")
    at = journey.noon(pd.Series(pd.to_datetime(["2017-01-01"])).repeat(len(known)))
    times, moments = stamps(at), at.tolist()

    def build(row: int) -> Record:
        customer = customers[row]
        attributes = {str(name): str(value) for name, value in answers[row].items() if pd.notna(value)}
        data: dict[str, object] = {"customer_id": customer, "attributes": attributes}
        value = cloud_event(
            UPSERTED, f"profile-{customer}", journey.SOURCE, times[row], data, synthetic=False
        )
        return Record("customers", customer.encode(), value, moments[row])

    return Strand("customer.upserted", "customers", at, build)


def _households(frame: pd.DataFrame) -> list[str]:
    return journey.texts(frame["household_id"].to_numpy())
