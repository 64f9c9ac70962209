using System.Collections;
using System.Globalization;
using System.Text;
using Emend.Server.Operating;

namespace Emend.Server;

/// <summary>The command line of <c>emend-server</c> (and of <c>emend serve</c>).</summary>
internal static class ServerArguments
{
    /// <summary>Prints what is in force instead of starting.</summary>
    public const string Show = "--show-config", ShowJson = "--show-config-json";

    public static string Help { get; } = MakeHelp();

    /// <summary>Reads a command line beside this process's variables.</summary>
    public static Configuration Read(IEnumerable<string> args) => Configuration.Read(
        [.. args.Where(static arg => arg is not (Show or ShowJson))],
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(static one => (string)one.Key, static one => one.Value as string ?? "", StringComparer.Ordinal));

    private static string MakeHelp()
    {
        var defaults = new ServerOptions();
        var help = new StringBuilder("emend-server: the governed loop behind HTTP (also: emend serve)\n\n");
        foreach (var setting in Settings.All)
        {
            var value = setting.Show(defaults);
            help.Append(CultureInfo.InvariantCulture, $"  {setting.Flag + " VALUE",-38} {setting.Help}{(value.Length > 0 ? $" ({value})" : "")}\n");
        }
        help.Append(CultureInfo.InvariantCulture, $"  {Configuration.FileFlag + " FILE",-38} file with any of these (JSON)\n");
        help.Append(CultureInfo.InvariantCulture, $"  {Show,-38} print what is in force and where it comes from\n");
        help.Append(CultureInfo.InvariantCulture, $"  {"--help",-38} this text\n\n");
        help.Append("""
            Each may be set as a variable too (--log-level is EMEND_LOG_LEVEL, --config is EMEND_CONFIG). A flag wins over a variable, a variable over the file.
            An address that other machines can reach needs https. Every request needs a key: the first start prints one.
            Example: emend serve --data emend-data
            """);
        return help.ToString();
    }
}
