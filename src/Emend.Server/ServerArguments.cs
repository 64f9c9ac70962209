using System.Globalization;

namespace Emend.Server;

/// <summary>The command line of <c>emend-server</c> (and of <c>emend serve</c>).</summary>
internal static class ServerArguments
{
    public const string Help = """
        emend-server: the governed loop behind HTTP (also: emend serve)

          --data DIR              data directory, created on first use          (emend-data)
          --urls URL[;URL]        where to listen; port 0 takes a free one      (http://127.0.0.1:5080)
          --certificate FILE      certificate in PEM, for https addresses
          --certificate-key FILE  its private key in PEM, when it lies apart
          --rate-limit N          requests a second that one key may make       (20000)
          --help                  this text

        An address that other machines can reach needs https. Every request needs a key: the first start prints one.
        Example: emend serve --data emend-data
        """;

    /// <summary>Reads a command line; <paramref name="wrong"/> says what is wrong with it, null when nothing is.</summary>
    public static ServerOptions Read(IReadOnlyList<string> args, out string? wrong)
    {
        var options = new ServerOptions();
        wrong = null;
        for (var i = 0; i < args.Count && wrong is null; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var n, var v] ? (n, v) : (args[i], null);
            if (name is not ("--data" or "--urls" or "--certificate" or "--certificate-key" or "--rate-limit"))
            {
                wrong = $"'{args[i]}' is not known here; --help lists what is";
                break;
            }
            value ??= i + 1 < args.Count ? args[++i] : null;
            if (string.IsNullOrWhiteSpace(value))
            {
                wrong = $"{name} lacks its value";
                break;
            }
            switch (name)
            {
                case "--data": options = options with { DataDirectory = value }; break;
                case "--urls": options = options with { Urls = value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) }; break;
                case "--certificate": options = options with { Certificate = value }; break;
                case "--certificate-key": options = options with { CertificateKey = value }; break;
                default:
                    if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var rate)) options = options with { RequestsPerSecond = rate };
                    else wrong = $"--rate-limit takes a whole number, not '{value}'";
                    break;
            }
        }
        if (wrong is null && options.Problems() is { Count: > 0 } problems) wrong = string.Join("\n", problems);
        return options;
    }
}
