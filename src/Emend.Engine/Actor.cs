namespace Emend.Engine;

/// <summary>Who asks. Travels with every use case; rights and separation of duties are checked against it in the handler.</summary>
/// <param name="Name">Stable handle of a person or service, e.g. <c>rosa</c>; <c>policy:NAME</c> for a policy that acts by itself.</param>
public sealed record Actor(string Name)
{
    /// <summary>Emend itself, acting by policy.</summary>
    public static Actor Policy(string name) => new("policy:" + name);

    /// <summary>True for a policy: it never counts as a person where people are required.</summary>
    public bool IsPolicy => IsNameOfPolicy(Name);

    /// <summary>Whether a recorded name is that of a policy; people are recorded by pseudonym.</summary>
    internal static bool IsNameOfPolicy(string name) => name.StartsWith("policy:", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
