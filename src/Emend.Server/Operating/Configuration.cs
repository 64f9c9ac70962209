using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Emend.Server.Operating;

/// <summary>A setting and who set it: <c>flag</c>, <c>environment</c>, <c>file</c> or <c>default</c>.</summary>
internal sealed record Configured(Setting Setting, string Source);

/// <summary>The options of a server and where each comes from. A flag wins over a variable, a variable over the file, the file over the default.</summary>
/// <param name="Options">The options.</param>
/// <param name="Settings">Every setting with its source.</param>
/// <param name="Problems">Everything that is wrong, each with where and how to fix it. Empty when nothing is.</param>
internal sealed record Configuration(ServerOptions Options, ImmutableArray<Configured> Settings, ImmutableArray<string> Problems)
{
    public const string FileFlag = "--config", FileVariable = "EMEND_CONFIG";

    /// <summary>Reads flags, variables and the file they name.</summary>
    public static Configuration Read(IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment)
    {
        var problems = new List<string>();
        var flags = Flags(args, problems, out var path);
        path ??= environment.GetValueOrDefault(FileVariable) is { Length: > 0 } named ? named : null;
        var file = path is null ? [] : FromFile(path, problems);

        var options = new ServerOptions();
        var settings = ImmutableArray.CreateBuilder<Configured>();
        foreach (var setting in Operating.Settings.All)
        {
            var (source, where, value) =
                flags.TryGetValue(setting.Name, out var flag) ? ("flag", setting.Flag, flag)
                : environment.TryGetValue(setting.Variable, out var variable) && variable.Length > 0 ? ("environment", setting.Variable, variable)
                : file.TryGetValue(setting.Name, out var written) ? ("file", $"{path}: {setting.Name}", written)
                : ("default", "", null);
            settings.Add(new(setting, source));
            if (value is null) continue;
            try
            {
                options = setting.Set(options, value);
            }
            catch (FormatException fault)
            {
                // What a secret was set to is not repeated, wrong or not.
                problems.Add($"{where} takes {fault.Message}{(setting.IsSecret ? "" : $", not '{value}'")}");
            }
        }
        problems.AddRange(options.Problems());
        return new(options, settings.ToImmutable(), [.. problems]);
    }

    /// <summary>What is in force and where it comes from, for people.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        foreach (var (setting, source) in Settings) text.Append(CultureInfo.InvariantCulture, $"{setting.Name,-26} {setting.ShowMasked(Options),-34} {source}\n");
        return text.ToString();
    }

    /// <summary>The same for machines.</summary>
    public string Json()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (setting, source) in Settings)
            {
                json.WriteStartObject(setting.Name);
                json.WriteString("value", setting.ShowMasked(Options));
                json.WriteString("source", source);
                json.WriteString("flag", setting.Flag);
                json.WriteString("variable", setting.Variable);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static Dictionary<string, string> Flags(IReadOnlyList<string> args, List<string> problems, out string? path)
    {
        var flags = new Dictionary<string, string>(StringComparer.Ordinal);
        path = null;
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var n, var v] ? (n, v) : (args[i], null);
            var setting = Operating.Settings.All.FirstOrDefault(one => one.Flag == name);
            if (setting is null && name != FileFlag)
            {
                problems.Add($"'{name}' is not known here; --help lists what is");
                continue;
            }
            value ??= i + 1 < args.Count ? args[++i] : null;
            if (string.IsNullOrWhiteSpace(value)) problems.Add($"{name} lacks its value");
            else if (setting is null) path = value;
            else flags[setting.Name] = value;
        }
        return flags;
    }

    private static Dictionary<string, string> FromFile(string path, List<string> problems)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            Take(json.RootElement, "");
        }
        catch (JsonException fault)
        {
            problems.Add($"{path}, line {fault.LineNumber + 1}: {fault.Message}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be read: {fault.Message}");
        }
        return values;

        void Take(JsonElement element, string name)
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in element.EnumerateObject()) Take(member.Value, name.Length == 0 ? member.Name : $"{name}.{member.Name}");
                return;
            }
            if (!Operating.Settings.All.Any(one => one.Name == name))
            {
                problems.Add(name.Length == 0 ? $"{path} holds no object" : $"{path}: '{name}' is not known; `emend config show` lists what is");
                return;
            }
            values[name] = element.ValueKind == JsonValueKind.Array ? string.Join(';', element.EnumerateArray().Select(Scalar)) : Scalar(element);
        }

        static string Scalar(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
    }
}
