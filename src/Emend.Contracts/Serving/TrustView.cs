namespace Emend.Contracts.Serving;

/// <summary>Public keys a client pins. Compare them with the files of the server (<c>release.vkey</c>, <c>journal.vkey</c>) before trusting an answer that came over the network.</summary>
/// <param name="Release">Signs what agents are served.</param>
/// <param name="Journal">Signs the journal that approvals are proven against; null until it was signed for the first time.</param>
public sealed record TrustView(string Release, string? Journal);
