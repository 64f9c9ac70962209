namespace Emend.Engine.Releasing;

internal static class ReleasingSql
{
    public const string Board = """
        SELECT version, served, previous, killed, counter, release_id, release_candidate, release_replaces, release_salt, release_policy,
               release_share_bp, release_paused, release_by, release_started_us, release_step_us, fast_lane_held, release_held, holdback_bp, suspended
          FROM agent_board WHERE agent = @agent
        """;

    public const string Agents = "SELECT agent FROM agent_board ORDER BY agent";

    public const string BoardVersion = "SELECT version FROM agent_board WHERE agent = @agent";

    public const string SetBoard = """
        INSERT INTO agent_board (agent, version, served, previous, killed, counter, release_id, release_candidate, release_replaces, release_salt,
                                 release_policy, release_share_bp, release_paused, release_by, release_started_us, release_step_us, fast_lane_held, release_held, holdback_bp, suspended)
        VALUES (@agent, @version, @served, @previous, @killed, @counter, @id, @candidate, @replaces, @salt, @policy, @share, @paused, @by, @started, @step, @held, @heldFor, @holdback, @suspended)
        ON CONFLICT (agent) DO UPDATE SET
            version = @version, served = @served, previous = @previous, killed = @killed, counter = @counter, release_id = @id,
            release_candidate = @candidate, release_replaces = @replaces, release_salt = @salt, release_policy = @policy, release_share_bp = @share,
            release_paused = @paused, release_by = @by, release_started_us = @started, release_step_us = @step, fast_lane_held = @held,
            release_held = @heldFor, holdback_bp = @holdback, suspended = @suspended
        """;

    private const string CandidateColumns = """
        digest, agent, author, submitters, parent, data_set, records, built_us, state, report, result, golden_set, gate_policy,
        incumbent, automatic, risk, evaluated_by, evaluated_us, approvals, entry, report_entry
        """;

    public const string Candidate = $"SELECT {CandidateColumns} FROM candidate WHERE digest = @digest";

    public const string Candidates = $"SELECT {CandidateColumns} FROM candidate WHERE agent = @agent ORDER BY built_us, digest";

    public const string SetCandidate = $"""
        INSERT INTO candidate ({CandidateColumns})
        VALUES (@digest, @agent, @author, @submitters, @parent, @dataSet, @records, @built, @state, @report, @result, @goldenSet, @gatePolicy,
                @incumbent, @automatic, @risk, @evaluatedBy, @evaluated, @approvals, @entry, @reportEntry)
        ON CONFLICT (digest) DO UPDATE SET
            state = @state, report = @report, result = @result, golden_set = @goldenSet, gate_policy = @gatePolicy, incumbent = @incumbent,
            automatic = @automatic, risk = @risk, evaluated_by = @evaluatedBy, evaluated_us = @evaluated, approvals = @approvals, report_entry = @reportEntry
        """;
}
