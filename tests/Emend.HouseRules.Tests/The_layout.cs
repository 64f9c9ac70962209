using System.Text.RegularExpressions;
using System.Xml.Linq;
using Emend.TestKit;

namespace Emend.HouseRules.Tests;

public partial class The_layout
{
    private const int Patience = 10_000;

    private static readonly string Root = SharedData.Repository;

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Emend.Logic"] = [],
        ["Emend.Contracts"] = [],
        ["Emend.Client"] = ["Emend.Logic", "Emend.Contracts"],
        ["Emend.Client.AI"] = ["Emend.Client", "Emend.Logic"],
        ["Emend.Engine"] = ["Emend.Logic", "Emend.Contracts"],
        ["Emend.Server"] = ["Emend.Engine", "Emend.Contracts"],
        // The command line starts the server as a program of its own; the project only orders that it be built.
        ["Emend.Cli"] = ["Emend.Engine", "Emend.Server"],
    };

    private static readonly string[] Drawers = ["helper", "helpers", "util", "utils", "common", "misc", "manager", "managers"];

    public static TheoryData<string> Projects() => [.. Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)];

    private static IEnumerable<string> Sources(params string[] folders) => folders
        .Select(static folder => Path.Combine(Root, folder))
        .Where(Directory.Exists)
        .SelectMany(static folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    [Fact]
    public void numbers_migrations_once_each()
    {
        // People work side by side: whoever comes second takes the next number, and a script that was released keeps its name.
        var numbers = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.sql", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(Path.GetDirectoryName(file)) is "Sqlite" or "Migrations" && !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .GroupBy(static file => Path.GetDirectoryName(file) + "/" + Path.GetFileName(file)[..4], StringComparer.Ordinal).ToList();
        Assert.True(numbers.Count > 10);
        Assert.DoesNotContain(numbers, static files => files.Count() > 1);
        Assert.DoesNotContain(numbers, static files => !files.Key[^4..].All(char.IsAsciiDigit));
    }

    [Theory, MemberData(nameof(Projects))]
    public void has_arrows_that_point_one_way(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        var references = XDocument.Load(project).Descendants("ProjectReference").Select(static r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).ToList();

        Assert.True(Allowed.ContainsKey(name), $"{name} is new: say in {nameof(The_layout)}.{nameof(Allowed)} what it may reference");
        Assert.Empty(references.Except(Allowed[name], StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Projects))]
    public void pins_versions_in_one_place(string project) =>
        Assert.All(XDocument.Load(project).Descendants("PackageReference"), static package => Assert.Null(package.Attribute("Version")));

    [Fact]
    public void keeps_logic_and_contracts_free_of_packages()
    {
        foreach (var name in new[] { "Emend.Logic", "Emend.Contracts" })
            Assert.Empty(XDocument.Load(Path.Combine(Root, "src", name, name + ".csproj")).Descendants("PackageReference"));
    }

    [Fact]
    public void has_no_drawers_without_a_name_of_their_own()
    {
        var drawers = Sources("src", "tests", "bench", "samples")
            .Where(static file => Path.GetRelativePath(Root, file).Split('/', '.').Any(static part => Drawers.Contains(part, StringComparer.OrdinalIgnoreCase)));
        Assert.Empty(drawers);
    }

    [Fact]
    public void documents_every_refusal_code_once()
    {
        var codes = Sources("src").SelectMany(static file => RefusalCode().Matches(File.ReadAllText(file)).Select(static m => m.Groups["code"].Value)).ToHashSet(StringComparer.Ordinal);
        var documented = RefusalHeading().Matches(File.ReadAllText(Path.Combine(Root, "docs", "refusals.md"))).Select(static m => m.Groups["code"].Value).ToList();

        Assert.NotEmpty(codes);
        Assert.Empty(codes.Except(documented, StringComparer.Ordinal));
        Assert.Empty(documented.Except(codes, StringComparer.Ordinal));
        Assert.Equal(documented.Count, documented.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void names_decision_notes_by_date() =>
        Assert.All(Directory.GetFiles(Path.Combine(Root, "docs", "decisions")), static file => Assert.Matches(@"^\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$", Path.GetFileName(file)));

    [Fact]
    public void resolves_every_relative_link_of_the_documentation()
    {
        var broken =
            from file in Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(Root, "*.md"))
            from Match link in Link().Matches(File.ReadAllText(file))
            let target = link.Groups["target"].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            let path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, target))
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{Path.GetRelativePath(Root, file)} -> {target}";
        Assert.Empty(broken);
    }

    [Fact]
    public void never_sleeps_in_a_test() =>
        Assert.DoesNotContain(Sources("tests"), static file => !file.EndsWith("The_layout.cs", StringComparison.Ordinal) && Sleeps().IsMatch(File.ReadAllText(file)));

    [GeneratedRegex("""Refusal\(\s*"(?<code>[a-z]+\.[a-z0-9-]+)"|base\(\s*"(?<code>[a-z]+\.[a-z0-9-]+)"|[cC]ode:?\s*(=>|=|:)?\s*"(?<code>[a-z]+\.[a-z0-9-]+)" """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex RefusalCode();

    [GeneratedRegex(@"^###? `(?<code>[a-z]+\.[a-z0-9-]+)`", RegexOptions.Multiline | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex RefusalHeading();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Link();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\((?!Timeout)", RegexOptions.None, Patience)]
    private static partial Regex Sleeps();
}
