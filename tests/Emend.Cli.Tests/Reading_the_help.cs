using System.CommandLine;
using Emend.Cli.Commands;

namespace Emend.Cli.Tests;

public class Reading_the_help
{
    /// <summary>Every command that does something, as it is typed.</summary>
    public static TheoryData<string> Verbs => [.. All().Select(static v => v.Typed)];

    internal static IEnumerable<(string Typed, Verb Verb)> All() => Under(EmendCommand.Root, "");

    private static IEnumerable<(string, Verb)> Under(Command command, string typed)
    {
        foreach (var below in command.Subcommands)
        {
            var path = $"{typed} {below.Name}".TrimStart();
            if (below is Verb verb) yield return (path, verb);
            foreach (var deeper in Under(below, path)) yield return deeper;
        }
    }

    [Theory, MemberData(nameof(Verbs))]
    public async Task shows_an_example_that_parses_as_that_very_command(string typed)
    {
        var (_, verb) = All().Single(v => v.Typed == typed);
        Assert.False(string.IsNullOrWhiteSpace(verb.Description));

        Assert.StartsWith($"emend {typed}", verb.Example, StringComparison.Ordinal);
        // A shell takes single quotes away; the parser's splitter knows double ones only.
        var parse = EmendCommand.Root.Parse(Split(verb.Example).Skip(1).ToArray());
        Assert.Empty(parse.Errors);
        Assert.Equal(verb.Name, parse.CommandResult.Command.Name);

        var help = (await CliRun.OfAsync([.. typed.Split(' '), "--help"])).Ends();
        Assert.Contains(verb.Example, help.Output, StringComparison.Ordinal);
        Assert.Contains(verb.Description!, help.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Empty(help.Error);
    }

    [Theory, MemberData(nameof(Verbs))]
    public void describes_every_option_and_argument(string typed)
    {
        var (_, verb) = All().Single(v => v.Typed == typed);
        Assert.All(verb.Options, static option => Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name));
        Assert.All(verb.Arguments, static argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), argument.Name));
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("backtest")]
    [InlineData("import", "decisions", "corrections", "outcomes")]
    [InlineData("export", "decisions", "corrections", "outcomes")]
    [InlineData("rules", "list", "show")]
    [InlineData("candidates", "build", "show", "evaluate", "approve", "reject")]
    [InlineData("release", "start", "advance", "pause", "rollback", "status")]
    [InlineData("corrections", "withdraw")]
    [InlineData("lineage")]
    [InlineData("audit", "verify", "receipt", "checkpoint")]
    [InlineData("agents", "add", "show")]
    [InlineData("guardrails")]
    [InlineData("golden")]
    [InlineData("reviews", "list", "rule")]
    [InlineData("features", "define", "list", "show", "get", "join")]
    [InlineData("datasets", "create", "list", "show", "export")]
    [InlineData("models", "list", "show")]
    public void finds_every_noun_with_its_verbs(string noun, params string[] verbs)
    {
        var command = Assert.Single(EmendCommand.Root.Subcommands, c => c.Name == noun);
        Assert.Empty(verbs.Except(command.Subcommands.Select(static c => c.Name)));
        Assert.True(command is Verb || command.Subcommands.Count > 0);
    }

    [Theory]
    [InlineData("relase status x")]
    [InlineData("release statsu x")]
    [InlineData("release status")]
    [InlineData("release")]
    [InlineData("")]
    [InlineData("release status x --bogus --json")]
    [InlineData("candidates evaluate abcd --purpose shine --json")]
    [InlineData("release start a b --soak soon --json")]
    [InlineData("release kill-switch a perhaps --why x")]
    public async Task a_line_that_does_not_parse_is_bad_input_and_says_so_on_stderr(string line)
    {
        var run = (await CliRun.OfAsync(line)).Ends(ExitCode.BadInput);
        Assert.Empty(run.Output);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public async Task a_mistyped_command_is_guessed() => Assert.Contains("release", (await CliRun.OfAsync("relase status x")).Error, StringComparison.Ordinal);

    /// <summary>Splits as a POSIX shell does: both kinds of quotes.</summary>
    private static IEnumerable<string> Split(string line)
    {
        var word = new System.Text.StringBuilder();
        var (quote, isWord) = ('\0', false);
        foreach (var c in line)
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                (quote, isWord) = (c, true);
            }
            else if (c != ' ')
            {
                word.Append(c);
                isWord = true;
            }
            else if (isWord)
            {
                yield return word.ToString();
                word.Clear();
                isWord = false;
            }
        }
        if (isWord) yield return word.ToString();
    }
}
