using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.TestKit;
using static Emend.Engine.Tests.Capturing.Desk;

namespace Emend.Engine.Tests.Capturing;

public class Erasing_whom_a_decision_is_about
{
    [Fact]
    public async Task Takes_their_texts_out_of_learning_export_and_replay_and_keeps_the_rest()
    {
        await using var workspace = await WorkspaceFixture.OpenAsync([.. IntakeProjections.Create()]);
        var desk = await new Desk(workspace.Store, workspace.Clock).WithAgentAsync();
        var theirs = Decision("d-1", args: """{"iban":"DE02"}""", subject: "customer-77");
        var comment = Correction("d-1", "cards", comment: "customer 77 called twice", key: "k");
        await desk.AcceptAsync(theirs, Decision("d-2", subject: "customer-78"));
        await desk.AcceptAsync(comment, Correction("d-2", "cards"));
        Assert.Equal(2, desk.Cases().Length);

        await EraseSubject.EraseAsync(workspace.Store, "customer-77", "asked for it", new("privacy-desk"), default);
        Assert.StartsWith("d-2", Assert.Single(desk.Cases()), StringComparison.Ordinal);
        var known = new Decisions(workspace.Store).Find("d-1")!;
        Assert.Equal((true, (string?)null, "billing"), (known.IsErased, known.Decision.Context.Text, known.Decision.Proposed.ToString()));
        foreach (var kind in new[] { LogKind.Decisions, LogKind.Corrections })
        {
            using var to = new MemoryStream();
            Assert.Equal(2, new ExportLog(workspace.Store).Write(kind, to, default));
            var text = Encoding.UTF8.GetString(to.ToArray());
            Assert.Contains("d-1", text, StringComparison.Ordinal);
            Assert.All(["DE02", "called", "customer-77", "money d-1"], planted => Assert.DoesNotContain(planted, text, StringComparison.Ordinal));
        }

        // A late duplicate is still one, as far as can be told; it does not bring the erased back.
        var size = workspace.Store.Size;
        Assert.Equal(AcceptanceKind.Duplicate, (await desk.AcceptAsync(theirs))[0].Kind);
        Assert.Equal(AcceptanceKind.Duplicate, (await desk.AcceptAsync(comment))[0].Kind);
        Assert.Equal(AcceptanceKind.Conflict, (await desk.AcceptAsync(Decision("d-1", "cards")))[0].Kind);
        Assert.Equal(size, workspace.Store.Size);
    }
}
