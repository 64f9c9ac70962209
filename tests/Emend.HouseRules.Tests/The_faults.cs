using System.Text.RegularExpressions;
using Emend.TestKit;

namespace Emend.HouseRules.Tests;

/// <summary>docs/guide/faults.md says which test stands for which fault; this makes sure that it does.</summary>
public partial class The_faults
{
    private const int Patience = 10_000;

    [Fact]
    public void that_the_guide_names_are_those_that_tests_carry()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(SharedData.Repository, "tests"), "*.cs", SearchOption.AllDirectories)
            .Select(static file => (Class: Path.GetFileNameWithoutExtension(file), Text: File.ReadAllText(file)))
            // A number stands on a test that runs: on the attribute that makes it one.
            .SelectMany(static file => Test().Matches(file.Text).SelectMany(match => Number().Matches(match.Value).Select(number => (Fault: number.Groups["fault"].Value, file.Class))))
            .ToHashSet();
        var rows = Row().Matches(File.ReadAllText(Path.Combine(SharedData.Repository, "docs", "guide", "faults.md")))
            .SelectMany(static row => Name().Matches(row.Groups["tests"].Value).Select(name => (Fault: row.Groups["fault"].Value, Class: name.Groups["name"].Value)))
            .ToHashSet();

        Assert.NotEmpty(rows);
        Assert.Empty(rows.Except(tests));
        Assert.Empty(tests.Except(rows));
    }

    [GeneratedRegex("""\[\w*(Fact|Theory)[^\]\n]*Trait\("Fault"[^\]\n]*\]""", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Test();

    [GeneratedRegex("""Trait\("Fault", "(?<fault>F\d\d)"\)""", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Number();

    [GeneratedRegex(@"^\| (?<fault>F\d\d) [^|]*\| (?<tests>[^|]*)\|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, Patience)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<name>\\w+)`", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Name();
}
