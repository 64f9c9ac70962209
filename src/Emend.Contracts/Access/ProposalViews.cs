namespace Emend.Contracts.Access;

/// <summary>What one person asked for and takes a second.</summary>
/// <param name="Id">Its id.</param>
/// <param name="What">The route that was asked, e.g. <c>POST /v1/webhooks</c>.</param>
/// <param name="Permission">What it takes; the second person holds it too.</param>
/// <param name="By">Who asked.</param>
/// <param name="AskedAt">When.</param>
/// <param name="ExpiresAt">When it lapses.</param>
/// <param name="State"><c>waiting</c> for a second person, or <c>confirmed</c>: whoever asked may now send the request again.</param>
public sealed record ProposalView(string Id, string What, string Permission, string By, string AskedAt, string ExpiresAt, string State)
{
    /// <summary>Who confirmed it.</summary>
    public string? ConfirmedBy { get; init; }
    /// <summary>The request, word by word; only where one proposal is shown.</summary>
    public string? Request { get; init; }
    /// <summary>Names what is shown here: goes into the confirmation.</summary>
    public string? Shown { get; init; }
}

/// <summary>Says yes to what another person asked for.</summary>
/// <param name="Shown">What the proposal said it shows.</param>
public sealed record ConfirmBody(string Shown);
