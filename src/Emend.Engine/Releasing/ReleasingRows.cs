using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Emend.Engine.Evaluating;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Releasing;

/// <summary>Boards and candidates as rows.</summary>
internal static class ReleasingRows
{
    /// <summary>The board of an agent; an empty one when nothing happened to it yet.</summary>
    public static AgentBoard ReadBoard(SqliteCommand select, string agent)
    {
        using var row = select.Bind("@agent", agent).ExecuteReader();
        if (!row.Read()) return new() { Agent = agent };
        return new()
        {
            Agent = agent,
            Version = row.GetInt64(0),
            Served = Text(row, 1),
            Previous = Text(row, 2),
            IsKilled = row.GetInt64(3) != 0,
            Counter = row.GetInt64(4),
            IsFastLaneHeld = row.GetInt64(15) != 0,
            HoldbackBp = row.GetInt32(17),
            Suspended = new(Strings(row.GetString(18))),
            Current = row.IsDBNull(5) ? null : new()
            {
                Id = row.GetString(5),
                Candidate = row.GetString(6),
                Replaces = Text(row, 7),
                Salt = row.GetString(8),
                Policy = ReleasePolicy.Parse(row.GetString(9)),
                Share = TrafficShare.FromBasisPoints(row.GetInt32(10)),
                IsPaused = row.GetInt64(11) != 0,
                By = row.GetString(12),
                StartedAt = row.GetInt64(13),
                StepStartedAt = row.GetInt64(14),
                HeldFor = Text(row, 16),
            },
        };
    }

    public static void WriteBoard(SqliteCommand upsert, AgentBoard board)
    {
        var release = board.Current;
        upsert.Bind("@agent", board.Agent).Bind("@version", board.Version).Bind("@served", board.Served).Bind("@previous", board.Previous)
            .Bind("@killed", board.IsKilled ? 1 : 0).Bind("@counter", board.Counter).Bind("@id", release?.Id).Bind("@candidate", release?.Candidate)
            .Bind("@replaces", release?.Replaces).Bind("@salt", release?.Salt).Bind("@policy", release?.Policy.Canonical())
            .Bind("@share", release?.Share.BasisPoints).Bind("@paused", release is null ? null : release.IsPaused ? 1 : 0).Bind("@by", release?.By)
            .Bind("@started", release?.StartedAt).Bind("@step", release?.StepStartedAt)
            .Bind("@held", board.IsFastLaneHeld ? 1 : 0).Bind("@heldFor", release?.HeldFor)
            .Bind("@holdback", board.HoldbackBp).Bind("@suspended", "[" + string.Join(',', board.Suspended.Ids.Select(CanonicalJson.Quote)) + "]").ExecuteNonQuery();
    }

    /// <summary>The candidates a query finds, with where their bytes and report stand.</summary>
    public static List<CandidateRow> ReadCandidates(SqliteCommand select)
    {
        var found = new List<CandidateRow>();
        using var row = select.ExecuteReader();
        while (row.Read()) found.Add(new(ReadCandidate(row), row.GetInt64(19), row.IsDBNull(20) ? null : row.GetInt64(20)));
        return found;
    }

    public static void WriteCandidate(SqliteCommand upsert, CandidateRow stored)
    {
        var (candidate, entry, reportEntry) = stored;
        var e = candidate.Evaluation;
        upsert.Bind("@digest", candidate.Digest).Bind("@agent", candidate.Agent).Bind("@author", candidate.Author)
            .Bind("@submitters", "[" + string.Join(',', candidate.Submitters.Select(CanonicalJson.Quote)) + "]").Bind("@parent", candidate.Parent)
            .Bind("@dataSet", candidate.DataSet).Bind("@records", candidate.Records).Bind("@built", candidate.BuiltAt).Bind("@state", (int)candidate.State)
            .Bind("@report", e?.Report).Bind("@result", e is null ? null : (int)e.Result).Bind("@goldenSet", e?.GoldenSet).Bind("@gatePolicy", e?.Policy)
            .Bind("@incumbent", e?.Incumbent).Bind("@automatic", e is null ? null : e.IsAutomatic ? 1 : 0).Bind("@risk", e is null ? null : (int)e.Risk)
            .Bind("@evaluatedBy", e?.By).Bind("@evaluated", e?.At).Bind("@approvals", Write(candidate.Approvals)).Bind("@entry", entry).Bind("@reportEntry", reportEntry)
            .ExecuteNonQuery();
    }

    private static Candidate ReadCandidate(SqliteDataReader row) => new()
    {
        Digest = row.GetString(0),
        Agent = row.GetString(1),
        Author = row.GetString(2),
        Submitters = Strings(row.GetString(3)),
        Parent = Text(row, 4),
        DataSet = row.GetString(5),
        Records = row.GetInt32(6),
        BuiltAt = row.GetInt64(7),
        State = (CandidateState)row.GetInt32(8),
        Evaluation = row.IsDBNull(9) ? null : new(
            row.GetString(9), (EvaluationResult)row.GetInt32(10), row.GetString(11), row.GetString(12), Text(row, 13),
            row.GetInt64(14) != 0, (RiskClass)row.GetInt32(15), row.GetString(16), row.GetInt64(17)),
        Approvals = Approvals(row.GetString(18)),
    };

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static ImmutableArray<string> Strings(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(static item => item.GetString()!)];
    }

    private static string Write(ImmutableArray<Approval> approvals) =>
        "[" + string.Join(',', approvals.Select(static one => $"[{CanonicalJson.Quote(one.By)},{CanonicalJson.Quote(one.Report)},{one.At.ToString(CultureInfo.InvariantCulture)}]")) + "]";

    private static ImmutableArray<Approval> Approvals(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(static one => new Approval(one[0].GetString()!, one[1].GetString()!, one[2].GetInt64()))];
    }
}

/// <summary>A candidate and where the journal holds its bytes and its report.</summary>
internal sealed record CandidateRow(Candidate Candidate, long Entry, long? ReportEntry);
