using Emend.Server.Operating;
using Emend.TestKit;

namespace Emend.Server.Tests.Operating;

public class Configuring
{
    private static readonly Dictionary<string, string> Nothing = [];

    private static string Show(Configuration of, string name) => of.Settings.Single(one => one.Setting.Name == name) is var (setting, source) ? $"{setting.ShowMasked(of.Options)} ({source})" : "";

    [Fact]
    public void takes_a_flag_before_a_variable_before_the_file_before_the_default()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "emend.json");
        File.WriteAllText(file, """{"data": "from-file", "rateLimit": 7, "log": {"level": "error", "format": "json"}, "webhooks": {"allowedNetworks": ["10.1.0.0/16", "fd00::/8"]}} // comment""");
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["EMEND_CONFIG"] = file, ["EMEND_DATA"] = "from-variable", ["EMEND_RATE_LIMIT"] = "8" };
        var read = Configuration.Read(["--data=from-flag", "--watch-every", "90s"], variables);

        Assert.Empty(read.Problems);
        Assert.Equal("from-flag (flag)", Show(read, "data"));
        Assert.Equal("8 (environment)", Show(read, "rateLimit"));
        Assert.Equal("error (file)", Show(read, "log.level"));
        Assert.Equal("10.1.0.0/16;fd00::/8 (file)", Show(read, "webhooks.allowedNetworks"));
        Assert.Equal("90s (flag)", Show(read, "watch.every"));
        Assert.Equal("1d (default)", Show(read, "verify.every"));
        Assert.True(read.Options.Operating.LogIsJson);
        Assert.Equal(2, read.Options.Operating.Webhooks.AllowedNetworks.Length);
    }

    [Fact]
    public void lists_everything_that_is_wrong_at_once_with_where_it_stands()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "emend.json");
        File.WriteAllText(file, """{"rateLimit": 0, "loglevel": "x", "verify": {"every": "soon"}, "otlp": {"headers": 5}}""");
        var read = Configuration.Read(["--config", file, "--metrics-open", "yes", "--nope", "--urls"], new Dictionary<string, string>(StringComparer.Ordinal) { ["EMEND_OTLP_ENDPOINT"] = "collector", ["EMEND_URLS"] = "http://0.0.0.0:80" });
        foreach (var part in new[] { "rateLimit takes a whole number, at least 1, not '0'", "'loglevel' is not known", "verify.every takes a time", "--metrics-open takes true or false, not 'yes'", "'--nope' is not known", "--urls lacks its value", "EMEND_OTLP_ENDPOINT takes an http or https address", "without TLS" })
            Assert.Contains(read.Problems, problem => problem.Contains(part, StringComparison.Ordinal));
        Assert.Contains("line 2", Assert.Single(Configuration.Read(["--config", Write("{\n\"data\": }")], Nothing).Problems), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Single(Configuration.Read(["--config", Path.Combine(folder.Path, "none")], Nothing).Problems), StringComparison.Ordinal);

        string Write(string text)
        {
            File.WriteAllText(file, text);
            return file;
        }
    }

    [Fact]
    public void shows_no_secret()
    {
        var read = Configuration.Read(["--otlp-headers", "authorization=Bearer t0p"], Nothing);
        Assert.Equal("authorization=Bearer t0p", read.Options.Operating.OtlpHeaders);
        Assert.DoesNotContain("t0p", read.Text() + read.Json(), StringComparison.Ordinal);
        Assert.Contains("********", read.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void every_setting_takes_what_it_shows_and_is_in_the_help_and_the_guide()
    {
        var guide = File.ReadAllText(Path.Combine(SharedData.Repository, "docs", "guide", "operations.md"));
        var defaults = new ServerOptions();
        foreach (var setting in Settings.All)
        {
            if (setting.Show(defaults) is { Length: > 0 } value) Assert.Equal(value, setting.Show(setting.Set(defaults, value)));
            Assert.Contains(setting.Flag, ServerArguments.Help, StringComparison.Ordinal);
            Assert.Contains($"| `{setting.Name}` |", guide, StringComparison.Ordinal);
        }
        Assert.Equal(Settings.All.Length, Settings.All.Select(static one => one.Variable).Distinct(StringComparer.Ordinal).Count());
    }
}
