using System.CommandLine;
using Emend.Engine.Privacy;

namespace Emend.Cli.Commands.Privacy;

/// <summary><c>emend subjects</c>: the people that decisions are about.</summary>
internal static class SubjectsCommand
{
    private static readonly Argument<string> Subject = new("SUBJECT") { Description = "The subject as decisions name it." };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded. Do not name the subject in it.", HelpName = "TEXT", Required = true };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Really: what is erased cannot be brought back." };

    public static Command Build() => Noun.Of(
        "subjects",
        "People that decisions are about.",
        new Verb("erase", "Destroy a subject's key: everything personal of theirs becomes unreadable for good, and the journal still verifies.", "emend subjects erase cust-0412 --why \"request 77\" --yes --as privacy-noor")
            .OnStore().With(Subject).With(Why).With(Yes).Does(EraseAsync));

    private static async Task<ExitCode> EraseAsync(Invocation run, CancellationToken cancel)
    {
        if (!run.Get(Yes)) throw new Failure(ExitCode.BadInput, $"erasing '{run.Get(Subject)}' cannot be undone", "add --yes when you are sure");
        var engine = await run.EngineAsync(cancel);
        var entry = await EraseSubject.EraseAsync(engine.Store, run.Get(Subject), run.Get(Why), run.Actor, cancel)
            ?? throw Failure.NotFound("subject", run.Get(Subject), "nothing is stored about it under this name, or it was erased before");
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("entry", entry.Index);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{run.Get(Subject)} is erased: its key is destroyed. The order is entry {entry.Index} of the journal.");
        return ExitCode.Done;
    }
}
