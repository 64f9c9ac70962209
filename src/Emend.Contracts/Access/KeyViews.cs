namespace Emend.Contracts.Access;

/// <summary>Asks for a key in the caller's workspace.</summary>
/// <param name="Name">Whom it speaks for.</param>
/// <param name="Roles">What it may do.</param>
public sealed record KeyBody(string Name, IReadOnlyList<string> Roles)
{
    /// <summary>Whether it is a machine's.</summary>
    public bool Service { get; init; }
    /// <summary>Days it lasts, 1 to 90. Default 90.</summary>
    public int? Days { get; init; }
}

/// <summary>Replaces a key by a successor.</summary>
public sealed record RotationBody
{
    /// <summary>Hours the old key stays good, 0 to 168. Default 24.</summary>
    public int? OverlapHours { get; init; }
}

/// <summary>A key without its secret.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Holder">Whom it speaks for.</param>
/// <param name="Service">Whether it is a machine's.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="CreatedAt">When it was issued.</param>
/// <param name="CreatedBy">By whom.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record KeyView(string Id, string Holder, bool Service, IReadOnlyList<string> Roles, string CreatedAt, string CreatedBy, string ExpiresAt)
{
    /// <summary>What the client sends; only in the answer that issues it.</summary>
    public string? Key { get; init; }
    /// <summary>When it was revoked.</summary>
    public string? RevokedAt { get; init; }
    /// <summary>When it was last used, to the minute.</summary>
    public string? LastUsedAt { get; init; }
}
