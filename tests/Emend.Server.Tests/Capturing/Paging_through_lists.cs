using System.Net;
using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Messaging;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Observing.Drift;
using Emend.Server.Tests.Access;
using Emend.TestKit;
using Microsoft.Data.Sqlite;

namespace Emend.Server.Tests.Capturing;

public class Paging_through_lists
{
    // Tables that grow with use; the others hold what people set up.
    private static readonly string[] Large = ["decision", "correction", "outcome", "verdict", "ruling", "exposure", "entry", "entry_more", "alert", "delivery", "proposal"];

    private static readonly string[] Allowed =
    [
        // Put in order what was said of the decisions of one page, found by index.
        DecisionSql.TruthsOf, SignalSql.CorrectionsOf,
        // No part of a page. A worker looks at a fixed number of newest decisions, of which those of one microsecond are put in order; at what is due.
        AlertSql.Corrected, OutboxSql.WebhooksDue,
        // No page: drift looks at every judged decision of an agent, in the order in which the truth became known; the answer serves for a minute.
        DriftLabels.Labelled,
    ];

    private static readonly Dictionary<string, string[]> Queries = new(StringComparer.Ordinal)
    {
        ["GET /v1/decisions"] = ["", "?agent={agent}", "?cursor=1767600000000000.9", "?agent={agent}&cursor=1767600000000000.9"],
        ["GET /v1/corrections"] = ["", "?decision={decision}", "?cursor=1.9", "?decision={decision}&cursor=1.9"],
        ["GET /v1/reviews"] = ["", "?agent={agent}", "?cursor=1.a", "?agent={agent}&cursor=1.a"],
        ["GET /v1/candidates"] = ["", "?agent={agent}"],
        ["GET /v1/alerts"] = ["", "?all=true"],
    };

    /// <summary>Looks at how each statement is carried out that the pages really used, whatever they are: no clock, and nothing to forget when a list is added.</summary>
    [Fact]
    public async Task costs_no_walk_over_a_table_and_no_sorting()
    {
        using var folder = new TemporaryFolder();
        SmallWorld world;
        await using (var maker = await ServerFixture.StartAsync(data: folder.Path)) world = await SmallWorld.MakeAsync(maker, "default", "page");
        // Started anew: what building and evaluating reads is no part of a page.
        await using var server = await ServerFixture.StartAsync(data: folder.Path);
        var engine = await server.EngineAsync();
        var pages = 0;
        foreach (var route in RouteList.Guarded(server).Where(static route => route.Method == "GET" && !route.RunsLong && !route.Pattern.EndsWith("/events", StringComparison.Ordinal) && !route.Pattern.EndsWith("/manifest", StringComparison.Ordinal)))
        {
            foreach (var query in Queries.GetValueOrDefault(route.Name, [""]))
            {
                foreach (var role in Enum.GetValues<Role>().Where(role => route.Needs!.AnyOf.Any(Roles.Of(role).Has)))
                {
                    using var request = route.Request(name => name switch { "agent" => world.Agent, "digest" => world.Candidate, "decision" => world.Decision, _ => route.Pattern.Contains("corrections", StringComparison.Ordinal) ? world.Correction : world.Decision });
                    request.RequestUri = new(request.RequestUri + query.Replace("{agent}", world.Agent, StringComparison.Ordinal).Replace("{decision}", world.Decision, StringComparison.Ordinal), UriKind.Relative);
                    using var answer = await server.Client($"reads-{role.Name()}", role).SendAsync(request);
                    if (answer.StatusCode == HttpStatusCode.OK) pages++;
                    Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
                }
            }
        }
        Assert.True(pages >= 40, $"only {pages} pages were shown");
        var statements = engine.Store.ReadTexts().Except(Allowed, StringComparer.Ordinal).ToList();
        foreach (var list in new[] { "FROM decision WHERE agent = @agent", "FROM correction WHERE principal = @by", "FROM ruling r", "WHERE is_parked = 1", "FROM alert" })
            Assert.Contains(statements, statement => statement.Contains(list, StringComparison.Ordinal));
        var costly = engine.Store.Read(connection => statements.SelectMany(statement => Costs(connection, statement)).ToList());
        Assert.True(costly.Count == 0, string.Join("\n\n", costly));
    }

    private static IEnumerable<string> Costs(SqliteConnection connection, string statement)
    {
        if (!statement.TrimStart().StartsWith("SELECT", StringComparison.Ordinal) && !statement.TrimStart().StartsWith("WITH", StringComparison.Ordinal)) yield break;
        if (!Array.Exists(Large, table => statement.Contains($"FROM {table} ", StringComparison.Ordinal) || statement.Contains($"JOIN {table} ", StringComparison.Ordinal) || statement.Contains($"FROM {table}\n", StringComparison.Ordinal))) yield break;
        using var explain = connection.CreateCommand();
        explain.CommandText = "EXPLAIN QUERY PLAN " + statement;
        foreach (System.Text.RegularExpressions.Match parameter in System.Text.RegularExpressions.Regex.Matches(statement, @"@\w+", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5)))
            if (explain.Parameters.IndexOf(parameter.Value) < 0) explain.Parameters.AddWithValue(parameter.Value, DBNull.Value);
        using var rows = explain.ExecuteReader();
        while (rows.Read())
        {
            var step = rows.GetString(3);
            if (step.Contains("TEMP B-TREE", StringComparison.Ordinal)) yield return $"sorts ({step}): {statement}";
            if (step.StartsWith("SCAN ", StringComparison.Ordinal) && !step.Contains(" INDEX ", StringComparison.Ordinal) && Array.Exists(Large, table => step.Split(' ')[1] == table))
                yield return $"walks over a table ({step}): {statement}";
        }
    }
}
