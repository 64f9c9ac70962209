namespace SupportDeskAgent;

/// <summary>What reviewers write beside a correction, by the queue they move it to. Each sentence is used once; after that they say nothing.</summary>
internal sealed class Comments
{
    private readonly Dictionary<string, Queue<string>> _left = new(StringComparer.Ordinal)
    {
        ["order_cancellation"] = new(["cancel_order has a new name", "Renamed in January.", "same queue, it is order_cancellation now", "Please update the agent's list, cancel_order is gone."]),
        ["invoice_request"] = new(["billing_docs is called invoice_request these days", "old name again", "Finance renamed theirs too.", "right idea, wrong name", "billing_docs no longer exists"]),
        ["return_request"] = new(["Still has the item, so it is a return request.", "Nothing sent back yet.", "returns was split, this one needs a label", "Wants to send it back, no word about money.", "new queue since the split: return_request"]),
        ["refund_status"] = new(["Asks for the money, the goods are back already.", "refund_status since returns was split", "Money question, goes to the refunds people.", "The parcel is back in the warehouse, only the refund is open."]),
        ["missing_parcel"] = new(["Order status is delivered. Needs a trace with the carrier.", "Carrier says delivered, so not a status question.", "status = delivered -> missing_parcel", "Check the order status before answering with a tracking link!", "Will only annoy them to get the tracking page once more.", "delivered according to our system"]),
        ["priority_care"] = new(["Over 500, priority care takes it.", "Handbook 4.2: complaints on orders from 500 go to priority care.", "Large order, somebody should phone them.", "order value!", "Expensive piece, not for the normal damage queue."]),
        ["warranty_claim"] = new(["Bought long ago, that is warranty and not transport damage.", "Too old for a damage report."]),
        ["delivery_status"] = new(["They only want to know when it comes.", "Not out of the warehouse yet, nothing to replace."]),
        ["payment_problem"] = new(["Says invoice, but means paying."]),
        ["damaged_item"] = new(["Had to read it twice."]),
        ["delivery_slot"] = new(["It is about the day, not about where the parcel is."]),
        ["missing_parts"] = new(["Could be damage, but parts can send a foot at once."]),
        ["complaint"] = new(["Angry rather than asking."]),
    };

    private readonly Queue<string> _escalations = new(["Two things in one message, who owns it?", "Not sure, please have a look.", "Could go either way.", "I would call the customer first."]);

    public string? OnMove(string queue, Coins coins) => coins.Heads(300) && _left.TryGetValue(queue, out var left) && left.TryDequeue(out var comment) ? comment : null;

    public string? OnEscalation() => _escalations.TryDequeue(out var comment) ? comment : null;
}
