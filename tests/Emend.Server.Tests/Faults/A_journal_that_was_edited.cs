using System.Text.Json;
using Emend.Engine.Access;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Storage;
using Emend.Server.Operating;
using Emend.TestKit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.Server.Tests.Faults;

/// <summary>Somebody with access to the files changes what was accepted, past every trigger.</summary>
public class A_journal_that_was_edited
{
    [Fact, Trait("Fault", "F10")]
    public async Task is_named_to_its_first_bad_entry_raises_a_page_and_is_signed_no_more()
    {
        using var folder = new TemporaryFolder();
        string journal;
        long entry;
        await using (var server = await ServerFixture.StartAsync(data: folder.Path))
        {
            var desk = server.Service();
            for (var i = 0; i < 20; i++) await desk.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"d-{{i}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","taskType":"route","proposed":{"action":"a"} }"""));
            var engine = await server.EngineAsync();
            journal = engine.Store.Files.Journal;
            entry = engine.Store.Entries().First(static e => e.Records[0].Id == "d-7").Index;
        }
        using (var connection = SqliteFile.Open(journal, SqliteOpenMode.ReadWrite))
        {
            SqliteFile.Execute(connection, "DROP TRIGGER entry_is_never_changed");
            using var edit = connection.CreateCommand();
            edit.CommandText = "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'route', 'ruote') AS BLOB) WHERE idx = @entry AND instr(body, CAST('route' AS BLOB)) > 0";
            edit.Parameters.AddWithValue("@entry", entry);
            Assert.Equal(1, edit.ExecuteNonQuery());
        }

        await using var again = await ServerFixture.StartAsync(data: folder.Path);
        var (auditor, services) = (again.Client("aud", Role.Auditor), again.Server.Services);
        await services.GetRequiredService<VerifyWorker>().RoundAsync(CancellationToken.None);
        await services.GetRequiredService<WatchWorker>().RoundAsync(CancellationToken.None);

        using var verification = await auditor.PostAsync("/v1/journal/verification", null);
        var found = await ServerFixture.JsonAsync(verification);
        Assert.False(found.GetProperty("sound").GetBoolean());
        var alert = Assert.Single((await again.EngineAsync()).Alerts.Open());
        Assert.Equal((AlertKind.VerificationFailed.Code, AlertSeverity.Page), (alert.Kind, alert.Severity));
        Assert.Contains($"the first bad entry is {entry}", alert.Summary, StringComparison.Ordinal);
        Assert.Contains("""emend_operating_alerts_open{kind="verification-failed",severity="page",workspace="default"} 1""", await again.Client("olu", Role.Operator).GetStringAsync("/metrics"), StringComparison.Ordinal);
        using var signed = await auditor.PostAsync("/v1/journal/checkpoints", null);
        Assert.False(signed.IsSuccessStatusCode);
        Assert.Equal(JsonValueKind.Object, (await ServerFixture.JsonAsync(signed)).ValueKind);
    }
}
