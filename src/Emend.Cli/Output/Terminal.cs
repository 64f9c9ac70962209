using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Emend.Cli.Output;

/// <summary>Where a command writes: stdout is data, stderr is talk. With <c>--json</c> stdout holds JSON only.</summary>
internal sealed class Terminal
{
    private readonly TextWriter _out;
    private readonly IAnsiConsole _data;
    private readonly IAnsiConsole _talk;

    public Terminal(TextWriter output, TextWriter error, bool json, bool plain, int? width = null)
    {
        _out = output;
        IsJson = json;
        var outputIsPiped = Console.IsOutputRedirected || output != Console.Out;
        var errorIsPiped = Console.IsErrorRedirected || error != Console.Error;
        _data = Create(output, plain || outputIsPiped, outputIsPiped, width);
        _talk = Create(error, plain || errorIsPiped, errorIsPiped, width);
        IsInteractive = !plain && !errorIsPiped;
    }

    /// <summary>Whether a machine reads stdout.</summary>
    public bool IsJson { get; }

    /// <summary>Whether a person watches stderr, so that progress bars make sense.</summary>
    public bool IsInteractive { get; }

    /// <summary>A line of data for people; nothing with <c>--json</c>.</summary>
    public void Line(string text = "")
    {
        if (!IsJson) _data.WriteLine(text);
    }

    /// <summary>Text for machines and files as it is: no wrapping, no markup.</summary>
    public void Raw(string text) => _out.Write(text);

    /// <summary>Stdout for bytes: for formats of many lines, which nobody wants to hold as one text.</summary>
    public Stream OpenData() => ReferenceEquals(_out, Console.Out) ? Console.OpenStandardOutput() : new TextWriterStream(_out);

    /// <summary>Markup for people on stdout; nothing with <c>--json</c>. Escape what users wrote with <see cref="Escape"/>.</summary>
    public void Markup(string markup)
    {
        if (!IsJson) _data.MarkupLine(markup);
    }

    /// <summary>A table, tree or chart for people; nothing with <c>--json</c>.</summary>
    public void Show(IRenderable what)
    {
        if (!IsJson) _data.Write(what);
    }

    /// <summary>The one JSON value of a command; nothing without <c>--json</c>.</summary>
    public void Json(Action<Utf8JsonWriter> write)
    {
        if (IsJson) WriteJson(write);
    }

    /// <summary>JSON on stdout whether or not <c>--json</c> is given: for formats that are JSON anyway.</summary>
    public void WriteJson(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) write(writer);
        _out.WriteLine(System.Text.Encoding.UTF8.GetString(bytes.ToArray()));
    }

    /// <summary>A remark to the person at the keyboard, on stderr.</summary>
    public void Say(string markup) => _talk.MarkupLine(markup);

    /// <summary>What went wrong and how to fix it, on stderr.</summary>
    public void Problem(string what, string? fix = null)
    {
        _talk.MarkupLine($"[red]error:[/] {Escape(what)}");
        if (fix is not null) _talk.MarkupLine($"[grey]fix:[/]   {Escape(fix)}");
    }

    /// <summary>Runs long work under a progress bar when a person watches, else silently.</summary>
    /// <param name="title">What is being done, in a few words.</param>
    /// <param name="work">Gets a callback that takes the share done, 0 to 1.</param>
    public async Task<T> ProgressAsync<T>(string title, Func<IProgress<double>, Task<T>> work)
    {
        if (!IsInteractive) return await work(new Shares(static _ => { }));
        return await _talk.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(Escape(title), maxValue: 1);
                return await work(new Shares(share => task.Value = share));
            });
    }

    /// <summary>Text that may hold brackets, made safe inside markup, control characters shown as �.</summary>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        return Spectre.Console.Markup.Escape(string.Create(text.Length, text, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++) to[i] = char.IsControl(from[i]) && from[i] is not ('\n' or '\t') ? '\uFFFD' : from[i];
        }));
    }

    /// <summary>A table with the house's borders.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var column in columns)
            table.AddColumn(new TableColumn($"[bold]{Escape(column.TrimStart('>'))}[/]") { Alignment = column.StartsWith('>') ? Justify.Right : Justify.Left });
        return table;
    }

    private static IAnsiConsole Create(TextWriter to, bool plain, bool redirected, int? width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(to),
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
        });
        // A pipe has no width: wide enough that no table wraps in a log.
        if (width is { } set) console.Profile.Width = set;
        else if (redirected) console.Profile.Width = 140;
        return console;
    }

    private sealed class Shares(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
