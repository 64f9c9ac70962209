using Emend.Cli.Output;
using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Journal;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Learning.Features;
using Emend.Engine.Learning.Models;
using Emend.Engine.Learning.Written;
using Emend.Engine.Lineage;
using Emend.Engine.Messaging;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Engine.Trust;
using Emend.Engine;
using Microsoft.Data.Sqlite;

namespace Emend.Cli.Commands;

/// <summary>A command that cannot go on, with its exit code, what is wrong and how to fix it.</summary>
internal sealed class Failure(ExitCode code, string message, string? fix = null) : Exception(message)
{
    /// <summary>What to exit with.</summary>
    public ExitCode Code { get; } = code;

    /// <summary>How to fix it.</summary>
    public string? Fix { get; } = fix;

    /// <summary>There is no such thing.</summary>
    public static Failure NotFound(string noun, string id, string fix) => new(ExitCode.NotFound, $"there is no {noun} '{id}'", fix);

    /// <summary>A use case said no: to an unknown id, to input that is wrong, or by a rule.</summary>
    public static Failure Refused(Refusal why) => new(CodeOf(why), $"{why.Message} ({why.Code})", $"see docs/refusals.md, {why.Code}");

    private static ExitCode CodeOf(Refusal why) => why switch
    {
        DecisionIsUnknown or CorrectionIsUnknown or AgentIsUnknown or CandidateIsUnknown or GoldenCaseIsUnknown or RuleIsUnknown or NothingToTrace or KeyIsUnknown or AlertIsUnknown
            or WebhookIsUnknown or DeliveryIsNotDead or FeatureIsUnknown or DataSetIsUnknown or ModelIsUnknown or SubmitterIsUnknown or IsNoGold => ExitCode.NotFound,
        AgentFileIsWrong or RulingIsWrong or GoldenCaseIsWrong or RuleIsWrong or ReleasePolicyIsWrong or DoesNotFitAgent or WithdrawalNeedsReason or ReasonIsMissing or KeyRequestIsWrong
            or WebhookUrlIsWrong or WebhookTypeIsUnknown or FeatureViewIsWrong or FeatureKeyIsWrong or JoinRowIsWrong or SplitIsWrong or DataSetIsAmbiguous or GoldAnswerIsWrong => ExitCode.BadInput,
        _ => ExitCode.Refused,
    };

    /// <summary>Says on stderr what happened and returns the exit code. The one place where exceptions become exit codes.</summary>
    public static ExitCode Explain(Exception fault, Terminal terminal)
    {
        switch (fault)
        {
            case Failure known:
                terminal.Problem(known.Message, known.Fix);
                return known.Code;
            case OperationCanceledException:
                terminal.Problem("cancelled; what was acknowledged before is kept");
                return ExitCode.Cancelled;
            case FileNotFoundException or DirectoryNotFoundException:
                terminal.Problem(fault.Message, "check the path");
                return ExitCode.BadInput;
            case UnauthorizedAccessException:
                terminal.Problem(fault.Message, "check the owner and mode of the file");
                return ExitCode.BadInput;
            case DiskIsFullException or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL }:
                terminal.Problem("the disk is full; what was acknowledged before is kept", "make room and run the command again: what is stored already is recognised");
                return ExitCode.Unavailable;
            case WorkspaceIsInUseException:
                terminal.Problem(fault.Message);
                return ExitCode.Unavailable;
            case JournalFormatException or InvalidDataException or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB }
                or StorageException { InnerException: SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB } }:
                terminal.Problem(fault.Message, "run `emend audit verify` to see what else is damaged, and restore the data directory from a backup");
                return ExitCode.DoesNotVerify;
            case StoreHasFailedException:
                terminal.Problem(fault.Message, "check the disk; what was acknowledged before is kept");
                return ExitCode.Fault;
            case StorageException:
                terminal.Problem(fault.Message);
                return ExitCode.BadInput;
            default:
                terminal.Problem($"{fault.GetType().Name}: {fault.Message}", "this is a fault of Emend's; please report it with the lines below");
                terminal.Say($"[grey]{Terminal.Escape(fault.StackTrace)}[/]");
                return ExitCode.Fault;
        }
    }
}
