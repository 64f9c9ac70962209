using Emend.Engine.Access;

namespace Emend.Engine;

/// <summary>Who asks. Travels with every use case; rights and separation of duties are checked against it in the handler.</summary>
/// <param name="Name">Stable handle of a person or service, e.g. <c>rosa</c>; <c>policy:NAME</c> for a policy that acts by itself.</param>
/// <remarks>Two actors are the same when their names are: rights come with a credential and are no part of who somebody is.</remarks>
public sealed record Actor(string Name)
{
    /// <summary>Emend itself, acting by policy.</summary>
    public static Actor Policy(string name) => new("policy:" + name);

    /// <summary>True for a policy: it never counts as a person where people are required.</summary>
    public bool IsPolicy => IsNameOfPolicy(Name);

    /// <summary>Whether a recorded name is that of a policy; people are recorded by pseudonym.</summary>
    internal static bool IsNameOfPolicy(string name) => name.StartsWith("policy:", StringComparison.Ordinal);

    /// <summary>True for a machine that holds a key of its own. It never counts as a person where people are required.</summary>
    public bool IsService { get; init; }

    /// <summary>What the credential allows. Default: everything, for whoever opens the data directory itself already has the files.</summary>
    internal PermissionSet Rights { get; init; } = PermissionSet.All;

    /// <summary>Whether it may send what other people said: a service does, and whoever imports a log on the machine itself.</summary>
    internal bool MaySpeakForOthers => IsService || Rights == PermissionSet.All;

    /// <summary>Refuses unless the actor holds one of these permissions; null when it does.</summary>
    internal Refusal? Lacks(params ReadOnlySpan<Permission> anyOf)
    {
        foreach (var permission in anyOf)
            if (Rights.Has(permission)) return null;
        return new NotPermitted(Name, string.Join(" or ", anyOf.ToArray().Select(static p => p.Name())));
    }

    /// <inheritdoc/>
    public bool Equals(Actor? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
