using System.Collections.Immutable;

namespace Emend.Engine.Access;

/// <summary>A key of the HTTP API: who it speaks for, in which workspace, with which roles, until when. Its secret is not in it.</summary>
internal sealed record ApiKey
{
    /// <summary>Longest a key may last.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(90);
    /// <summary>Longest two keys of a rotation may overlap.</summary>
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(7);

    /// <summary>Public part: 12 lower-case letters and digits.</summary>
    public required string Id { get; init; }
    /// <summary>Whom it speaks for: the name that stands in the journal.</summary>
    public required string Name { get; init; }
    /// <summary>Whether that is a machine. A machine never approves and may send corrections that people made elsewhere.</summary>
    public bool IsService { get; init; }
    /// <summary>The only workspace it opens.</summary>
    public required string Workspace { get; init; }
    /// <summary>What it may do.</summary>
    public required ImmutableArray<Role> Roles { get; init; }
    /// <summary>HMAC-SHA256 of the secret under the installation's pepper.</summary>
    public required byte[] Hash { get; init; }
    /// <summary>When it was issued, microseconds since 1970 UTC.</summary>
    public required long CreatedAt { get; init; }
    /// <summary>Who issued it.</summary>
    public required string CreatedBy { get; init; }
    /// <summary>When it ends.</summary>
    public required long ExpiresAt { get; init; }
    /// <summary>When it was revoked; null when it was not.</summary>
    public long? RevokedAt { get; init; }
    /// <summary>When it was last used, to the minute; null: never.</summary>
    public long? LastUsedAt { get; init; }

    /// <summary>Whether it opens anything at this moment.</summary>
    public bool IsLiveAt(long at) => RevokedAt is null && at < ExpiresAt;

    /// <summary>Who asks when a request carries this key.</summary>
    public Actor Actor => new(Name) { IsService = IsService, Rights = Access.Roles.Of(Roles) };
}

/// <summary>A key that was just issued, with the one and only showing of its secret.</summary>
/// <param name="Key">The key.</param>
/// <param name="Text">What the client sends: <c>emk_ID_SECRET</c>. Kept nowhere.</param>
internal sealed record IssuedKey(ApiKey Key, string Text);

/// <summary>Something that happened to a key and belongs into its workspace's journal.</summary>
/// <param name="Id">Unique; journaling it twice is noticed by it.</param>
/// <param name="What"><c>issued</c>, <c>rotated</c> or <c>revoked</c>.</param>
/// <param name="KeyId">The key.</param>
/// <param name="Workspace">Its workspace.</param>
/// <param name="Holder">Whom it speaks for.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="IsService">Whether it is a machine's.</param>
/// <param name="By">Who did it.</param>
/// <param name="At">When, microseconds since 1970 UTC.</param>
/// <param name="Until">When the key ends.</param>
internal sealed record KeyEvent(string Id, string What, string KeyId, string Workspace, string Holder, ImmutableArray<Role> Roles, bool IsService, string By, long At, long Until);
