using Emend.Logic;

namespace Emend.Engine.Learning.DataSets;

/// <summary>
/// Turns rulings into rows that a model is fine-tuned on. Only what was ruled teaches: a proposal that was confirmed is a good completion, one that was wrong a
/// bad one, and where people said what is right, that is the good one beside it. What cannot be shown is left out whole: a row with a hole teaches the hole.
/// </summary>
internal sealed class TrainingRows(ExportFormat format, RulingRow shown, string? system)
{
    public const string NoInput = "no-input", Masked = "masked", NoTruth = "no-truth", NothingToTeach = "confirmed";

    /// <summary>The rows of a ruling; none, with the reason, when it teaches nothing in this format.</summary>
    public IReadOnlyList<string> Of(LearningCase reviewed, out string? leftOut)
    {
        leftOut = null;
        var (decision, ruling) = reviewed;
        if (format is not ExportFormat.Unpaired)
        {
            if (!ruling.IsWrong) leftOut = NothingToTeach;
            else if (ruling.Truth is null) leftOut = NoTruth;
        }
        if (leftOut is null && Prompt(decision.Context, out leftOut) is { } prompt)
        {
            var truth = Completion(ruling.Truth, ref leftOut);
            // The model that is taught gives the right answer; what was proposed counts only where it is held against it.
            var proposed = format == ExportFormat.Sft ? null : Completion(decision.Proposed, ref leftOut);
            if (leftOut is null) return Rows(prompt, proposed, truth, ruling.IsWrong);
        }
        return [];
    }

    private IReadOnlyList<string> Rows(string prompt, string? proposed, string? truth, bool isWrong) => format switch
    {
        ExportFormat.Sft => [$$"""{"messages":[{{prompt}},{{truth}}]}"""],
        ExportFormat.Pairs => [$$"""{"input":{"messages":[{{prompt}}]},"preferred_output":[{{truth}}],"non_preferred_output":[{{proposed}}]}"""],
        ExportFormat.TrlPairs => [$$"""{"prompt":[{{prompt}}],"chosen":[{{truth}}],"rejected":[{{proposed}}]}"""],
        _ when !isWrong => [Judged(prompt, proposed, true)],
        _ when truth is null => [Judged(prompt, proposed, false)],
        _ => [Judged(prompt, truth, true), Judged(prompt, proposed, false)],
    };

    private static string Judged(string prompt, string? completion, bool isGood) => $$"""{"prompt":[{{prompt}}],"completion":[{{completion}}],"label":{{(isGood ? "true" : "false")}}}""";

    // What the agent saw: its text, or its features where there was none.
    private string? Prompt(Context context, out string? leftOut)
    {
        leftOut = null;
        string? content = null;
        if (context.Text is { } text)
        {
            if (shown.ShowsPersonal) content = text;
            else leftOut = Masked;
        }
        else if (context.Features.IsEmpty) leftOut = NoInput;
        else if (context.Features.All(feature => shown.Shows(feature.Name))) content = shown.Features(context);
        else leftOut = Masked;
        if (content is null) return null;
        var user = Message("user", content);
        return system is null ? user : Message("system", system) + "," + user;
    }

    private string? Completion(AgentAction? action, ref string? leftOut)
    {
        if (action is null) return null;
        if (action.Args.IsEmpty) return Message("assistant", action.Label);
        if (shown.ShowsPersonal) return Message("assistant", $$"""{"action":{{CanonicalJson.Quote(action.Label)}},"args":{{action.Args.Json}}}""");
        leftOut = Masked;
        return null;
    }

    private static string Message(string role, string content) => $$"""{"role":"{{role}}","content":{{CanonicalJson.Quote(content)}}}""";
}
