using System.Collections.Immutable;

namespace Emend.Engine.Access;

/// <summary>What somebody is to a workspace. A key holds one or more.</summary>
internal enum Role : byte
{
    /// <summary>An agent's process: decides, reports, pulls bundles.</summary>
    Agent,
    /// <summary>Sends corrections.</summary>
    Submitter,
    /// <summary>Rules on corrections.</summary>
    Reviewer,
    /// <summary>Settles disputes, protects cases, approves.</summary>
    LeadReviewer,
    /// <summary>Builds and evaluates candidates, approves those of others.</summary>
    ModelEngineer,
    /// <summary>Releases and takes back.</summary>
    Operator,
    /// <summary>Answers for personal data.</summary>
    PrivacyOfficer,
    /// <summary>Reads everything, changes nothing.</summary>
    Auditor,
    /// <summary>Issues keys, sets policies; sees no data, approves nothing.</summary>
    Admin,
}

/// <summary>The one table of who may do what; docs/guide/access.md shows it, and a test compares the two.</summary>
/// <remarks>
/// Y allowed · o only what is one's own · m personal content masked · 2 takes two people: approvals are counted by risk
/// (bundle.approve), everything else goes through <see cref="SecondPersonHandler"/> where an installation asks for it · - refused.
/// </remarks>
internal static class Roles
{
    public const string Table = """
        permission           AG SU RV LR ME OP PO AU AD
        decision.record      Y  -  -  -  -  -  -  -  -
        outcome.record       Y  Y  Y  Y  -  -  -  -  -
        bundle.pull          Y  -  -  -  -  -  -  -  -
        correction.submit    -  Y  Y  Y  -  -  -  -  -
        correction.withdraw  -  o  o  Y  -  -  -  -  -
        correction.read      -  o  m  m  m  -  m  m  -
        correction.unmask    -  -  -  Y  -  -  Y  -  -
        review.decide        -  -  Y  Y  -  -  -  -  -
        review.adjudicate    -  -  -  Y  -  -  -  -  -
        logic.read           -  -  Y  Y  Y  Y  Y  Y  -
        feature.read         Y  -  -  Y  Y  -  -  Y  -
        taxonomy.edit        -  -  -  2  2  -  2  -  -
        dataset.build        -  -  -  -  Y  -  -  -  -
        bundle.author        -  -  -  -  Y  -  -  -  -
        eval.run             -  -  -  Y  Y  -  -  -  -
        goldenset.edit       -  -  -  2  -  -  -  -  -
        bundle.approve       -  -  -  2  2  -  -  -  -
        bundle.promote       -  -  -  -  -  Y  -  -  -
        bundle.rollback      -  -  -  Y  Y  Y  -  -  -
        gate.policy-edit     -  -  -  2  -  -  -  -  2
        ops.pause            -  -  -  -  -  Y  -  -  -
        backup.restore       -  -  -  -  -  2  -  -  -
        key.rotate           -  -  -  -  -  Y  -  -  -
        key.destroy          -  -  -  -  -  2  2  -  -
        webhook.manage       -  -  -  -  -  2  -  -  2
        export.masked        -  -  -  Y  Y  -  Y  Y  -
        dsar.export          -  -  -  -  -  -  2  -  -
        erasure.execute      -  -  -  -  -  -  2  -  -
        consent.edit         -  -  -  -  -  -  2  -  -
        audit.read           -  -  -  -  -  -  Y  Y  -
        apikey.issue         -  -  -  -  -  -  -  -  2
        breakglass.activate  -  -  -  -  -  Y  -  -  Y
        """;

    private static readonly string[] Names = ["agent", "submitter", "reviewer", "lead-reviewer", "model-engineer", "operator", "privacy-officer", "auditor", "admin"];

    private static readonly PermissionSet[] Grants = Read(Table);
    private static readonly PermissionSet[] Twos = ReadTwos(Table);

    // What makes a role one that reads and no more, for R3: an auditor holds no writing role, an admin none with data or approvals.
    private static readonly ImmutableArray<Permission> Reading = [Permission.CorrectionRead, Permission.CorrectionReadOwn, Permission.LogicRead, Permission.FeatureRead, Permission.ExportMasked, Permission.AuditRead];

    /// <summary>Names of all roles, in their order.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>As people write it, e.g. <c>lead-reviewer</c>.</summary>
    public static string Name(this Role role) => Names[(int)role];

    /// <summary>The role of a name; null when there is none.</summary>
    public static Role? Of(string name) => Array.IndexOf(Names, name) is >= 0 and var at ? (Role)at : null;

    /// <summary>What a role allows.</summary>
    public static PermissionSet Of(Role role) => Grants[(int)role];

    /// <summary>Permissions that some role holds only together with a second person.</summary>
    public static IReadOnlyList<Permission> ForTwo { get; } = [.. Permissions.All.Where(static p => Array.Exists(Twos, twos => twos.Has(p)))];

    /// <summary>What these roles allow only together with a second person: marked 2 for one of them and not allowed to one alone by any.</summary>
    public static PermissionSet ForTwoOf(IReadOnlyCollection<Role> roles) =>
        Permissions.All.Where(p => roles.Any(role => Twos[(int)role].Has(p)) && !roles.Any(role => Of(role).Has(p) && !Twos[(int)role].Has(p))).Aggregate(default(PermissionSet), static (all, p) => all.With(p));

    /// <summary>What several roles allow together.</summary>
    public static PermissionSet Of(IEnumerable<Role> roles) => roles.Aggregate(default(PermissionSet), static (all, role) => all | Of(role));

    /// <summary>Why these roles do not go together in one hand (R3); null when they do.</summary>
    public static string? Conflict(IReadOnlyCollection<Role> roles)
    {
        if (roles.Contains(Role.Admin) && roles.Count > 1) return "an admin issues keys and therefore holds no role that sees data or approves";
        if (roles.Contains(Role.Auditor) && roles.Any(static role => Permissions.All.Any(p => Of(role).Has(p) && !Reading.Contains(p))))
            return "an auditor holds no role that changes anything";
        return null;
    }

    private static PermissionSet[] Read(string table)
    {
        var grants = new PermissionSet[Names.Length];
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(1))
        {
            var cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (var role = 0; role < Names.Length; role++)
            {
                foreach (var permission in Cell(cells[0], cells[role + 1])) grants[role] = grants[role].With(permission);
            }
        }
        return grants;
    }

    private static PermissionSet[] ReadTwos(string table)
    {
        var twos = new PermissionSet[Names.Length];
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(1))
        {
            var cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (var role = 0; role < Names.Length; role++)
                if (cells[role + 1] == "2") twos[role] = twos[role].With(Permissions.Of(cells[0]));
        }
        return twos;
    }

    private static IEnumerable<Permission> Cell(string permission, string cell) => cell switch
    {
        "-" => [],
        "o" => [Permissions.Of(permission + "-own")],
        "m" or "2" => [Permissions.Of(permission)],
        // Who may do it to anybody's may do it to their own.
        "Y" => Permissions.All.Where(p => string.Equals(p.Name(), permission, StringComparison.Ordinal) || string.Equals(p.Name(), permission + "-own", StringComparison.Ordinal)),
        _ => throw new InvalidOperationException($"the table of roles says '{cell}' for {permission}"),
    };
}
