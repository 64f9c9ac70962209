using System.Globalization;
using Emend.Cli.Output;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary>Rules in readable form.</summary>
internal static class RulesTable
{
    /// <summary>Shows the rules of a bundle in the order they are tried: mined and written ones first, single remembered cases as a count.</summary>
    public static void Show(Terminal terminal, Bundle bundle, int limit)
    {
        var rules = bundle.Rules.Where(static r => r.Origin != RuleOrigin.Exact).ToList();
        if (rules.Count > 0)
        {
            var table = Terminal.Table("rule", "when", "then", ">right", ">wrong", ">people", "until");
            foreach (var rule in rules.Take(limit))
            {
                table.AddRow(
                    Terminal.Escape(rule.Id), Terminal.Escape(ConditionText.Format(rule.When)), Terminal.Escape(Then(rule)),
                    rule.Right.ToString(CultureInfo.InvariantCulture), rule.Wrong.ToString(CultureInfo.InvariantCulture), rule.Submitters.ToString(CultureInfo.InvariantCulture),
                    rule.ExpiresAt is { } end ? Format.Instant(end)[..10] : "for good");
            }
            terminal.Show(table);
            if (rules.Count > limit) terminal.Line($"and {Format.Number(rules.Count - limit)} more rules");
        }
        var exact = bundle.Rules.Length - rules.Count;
        if (exact > 0) terminal.Line($"{Format.Number(exact)} single approved corrections are remembered; each acts on the identical case only.");
        if (bundle.Rules.IsEmpty) terminal.Line("No rules: nothing was certified, so nothing acts.");
    }

    /// <summary>What of an agent's logic does not act because it did harm.</summary>
    public static void Stopped(Terminal terminal, Engine.EmendEngine engine, Bundle bundle)
    {
        foreach (var stopped in engine.LogicHistory.Stopped(bundle.Agent, long.MaxValue))
        {
            var what = stopped.Id == Suspension.Corrector ? "The corrector" : $"Rule {stopped.Id}";
            var then = stopped.Id == Suspension.Corrector ? "only decisions made since license it again" : "candidates leave it out until what is ruled since speaks for it";
            terminal.Line($"{what} is suspended since {Format.Instant(stopped.Since)}: {engine.Store.Record(stopped.Entry, 0)["why"] ?? "reason erased"}. It does not act, and {then}.");
        }
    }

    /// <summary>What a rule does, in a few words.</summary>
    public static string Then(Logic.Rules.Rule rule) => rule.Effect switch
    {
        RuleEffect.Override => new AgentAction(rule.Action!, rule.Args).ToString(),
        RuleEffect.Patch => "patch " + rule.Args.Json,
        _ => Format.Words(rule.Effect),
    };
}
