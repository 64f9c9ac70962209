namespace SupportDeskAgent;

/// <summary>Why a proposal is wrong, told from the proposed and the right queue alone.</summary>
internal enum ErrorKind
{
    None,

    /// <summary>The queue has a new name and nothing else changed.</summary>
    RenamedQueue,

    /// <summary>The queue became two; the words tell which.</summary>
    SplitQueue,

    /// <summary>Something the desk knows about the order decides, and the agent does not look at it.</summary>
    IgnoredFeature,

    /// <summary>Hard or ambiguous; no rule behind it.</summary>
    Unsystematic,
}

internal static class ErrorKinds
{
    public static ErrorKind Of(string proposed, string right) => (proposed, right) switch
    {
        _ when proposed == right => ErrorKind.None,
        ("cancel_order", "order_cancellation") or ("billing_docs", "invoice_request") => ErrorKind.RenamedQueue,
        ("returns", "return_request" or "refund_status") => ErrorKind.SplitQueue,

        // Not there although the order's status is "delivered"; a complaint about 500 or more; broken long after it came.
        ("delivery_status", "missing_parcel") => ErrorKind.IgnoredFeature,
        ("damaged_item" or "complaint", "priority_care") => ErrorKind.IgnoredFeature,
        ("damaged_item", "warranty_claim") => ErrorKind.IgnoredFeature,
        _ => ErrorKind.Unsystematic,
    };
}
