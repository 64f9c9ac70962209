using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Learning;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Learning.Features;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Learning.Models;
using Emend.Engine.Learning.Written;
using Emend.Engine.Lineage;
using Emend.Engine.Messaging;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Privacy;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Engine.Trust;

namespace Emend.Engine;

/// <summary>
/// The governed loop on one workspace, in one process: the stages in their order, each with the use cases it offers. Open this
/// file first; docs/architecture.md follows one correction from here.
/// </summary>
/// <remarks>Owns the store; dispose it to flush and close. Safe for concurrent use.</remarks>
internal sealed class EmendEngine : IAsyncDisposable
{
    private EmendEngine(SqliteWorkspaceStore file, IWorkspaceStore store, ReviewProjection reviews, FeatureProjection features, TimeProvider clock)
    {
        Store = file;
        Clock = clock;

        Access = new(store, clock);
        RequestKeys = new(store, clock);
        Proposals = new(store, clock);
        SecondPerson = new(store, Proposals, clock);
        Erasures = new(file);

        Agents = new(store);
        AgentHandler = new(store, Agents);

        Intake = new(store, Agents, clock);
        Pages = new(store);
        Import = new(store, Agents, clock);
        Export = new(store);
        Parked = new(store, clock);

        Decisions = new(store);
        Corrections = new(store);

        Reviews = new(store);
        Rulings = new(store, Agents, clock);
        Withdrawals = new(store, clock);
        Cases = new(store, Agents);
        Audits = new(store);
        Next = new(store, Agents, clock);

        Ledger = new(store, clock);
        LogicHistory = new(store, Ledger);
        Snapshots = new(store);
        Written = new(store);
        WriteRules = new(store, Agents, clock);
        WrittenGuidance = new(store);
        GuidanceUses = new(store);
        WriteGuidance = new(store, Agents, Cases, clock);
        TrustBook = new(store);
        Trust = new(store, TrustBook, Agents, Cases);
        Doubts = new(store, Agents, Cases, Reviews);
        Source = new(store, Cases, Decisions, Written, WrittenGuidance, GuidanceUses, Ledger, TrustBook, clock);
        Prepare = new(Agents, Source, Snapshots, Ledger, new(Ledger));
        Influences = new(Source, Snapshots, Ledger);

        GoldenSets = new(store);
        GoldenCases = new(store);
        Alerts = new(store);
        Evaluate = new(Ledger, GoldenSets, Alerts.OfErrors);

        Approve = new(Ledger, Written, WrittenGuidance);
        Reject = new(Ledger);
        Start = new(Ledger);
        Advance = new(Ledger);
        Pause = new(Ledger);
        Resume = new(Ledger);
        RollBack = new(Ledger);
        KillSwitch = new(Ledger);
        Suspend = new(Ledger);

        FeatureViews = new(store);
        DefineFeatures = new(store, Agents, features);
        LatestFeatures = new(store, clock);
        FeaturesAsOf = new(store);
        DataSets = new(store, Cases, TrustBook);
        FixDataSet = new(store, Agents, DataSets);
        ExportDataSet = new(DataSets);
        Models = new(Ledger, DataSets);

        Histories = new(store, Cases, Decisions);
        reviews.Erased = Histories.Forget;
        FastLane = new(new(Agents, Histories, Source, Snapshots, Prepare, Evaluate, Approve, Start, new(Ledger), GoldenSets, Ledger), Agents, store, reviews);

        Bundles = new(store, Ledger, clock);
        Serve = new(store, Ledger, Bundles, clock);
        Exposures = new(store);
        Publish = new(file, clock);
        Feed = new(Publish, Ledger, clock);
        GuidanceExposures = new(store);
        Servings = new(store, Decisions, Ledger, Publish, GuidanceExposures);
        Guide = new(Agents, Ledger, Bundles, GuidanceExposures, clock);

        Analysis = new(store);
        Watch = new(Ledger, Analysis, RollBack, clock);
        Carry = new(Ledger, Analysis);
        Judgements = new(store, Decisions, Exposures);
        Drift = new(store, new(store, Decisions), Ledger, Bundles, Suspend, clock);
        AcceptDrift = new(store, Agents, clock);
        Observe = new(store, Ledger, new(store, new(store, Agents, Cases)), clock, Drift, Bundles);
        WatchForAlerts = new(store, Alerts, Observe);
        Acknowledge = new(store, Alerts, clock);
        Losses = new(store, clock);

        Webhooks = new(store);
        WebhookSecrets = new(file);
        ManageWebhooks = new(file, Webhooks, WebhookSecrets, clock);
        DeadLetters = new(store);

        Rebuild = new(Source, Snapshots, Ledger);
        Undo = new(Agents, Corrections, Decisions, Withdrawals, Rebuild, Prepare, Source, Ledger, Evaluate);
        Quarantines = new(store, TrustBook, Agents, Prepare, Rebuild, Source, Ledger, Evaluate, clock);
        Gold = new(store, Agents, clock);
        Lineage = new(store, Decisions, Corrections, Reviews, Snapshots, Exposures, Ledger, Written, DataSets);
        Explain = new(Decisions, Agents, Exposures, Ledger, Lineage, GuidanceExposures);
    }

    /// <summary>The workspace's store: journal and read models.</summary>
    public SqliteWorkspaceStore Store { get; }
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Access: what the journal says of keys, refusals and reads in clear.</summary>
    public AccessJournal Access { get; }

    /// <summary>Access: requests that are done once for each idempotency key.</summary>
    public RequestKeys RequestKeys { get; }

    /// <summary>Access: what one person asked for and takes a second.</summary>
    public Proposals Proposals { get; }
    /// <summary>Access: two people for what the table of roles marks so.</summary>
    public SecondPersonHandler SecondPerson { get; }

    /// <summary>Privacy: erases subjects.</summary>
    public ErasureHandler Erasures { get; }

    /// <summary>Normalizing: registered agents.</summary>
    public Agents Agents { get; }
    /// <summary>Normalizing: registers and changes agents.</summary>
    public AgentHandler AgentHandler { get; }

    /// <summary>Capturing: takes signals in, in batches and one by one.</summary>
    public SignalIntake Intake { get; }
    /// <summary>Capturing: lists of signals, a page at a time.</summary>
    public SignalPages Pages { get; }
    /// <summary>Capturing: takes logs in.</summary>
    public ImportLog Import { get; }
    /// <summary>Capturing: writes logs.</summary>
    public ExportLog Export { get; }
    /// <summary>Capturing: what waits for its decision.</summary>
    public ParkedSignals Parked { get; }

    /// <summary>Normalizing: decisions.</summary>
    public Decisions Decisions { get; }
    /// <summary>Normalizing: corrections.</summary>
    public Corrections Corrections { get; }

    /// <summary>Reviewing: what waits for people.</summary>
    public ListReviews Reviews { get; }
    /// <summary>Reviewing: rules what was right.</summary>
    public RecordRulingHandler Rulings { get; }
    /// <summary>Reviewing: takes corrections back.</summary>
    public WithdrawCorrectionHandler Withdrawals { get; }
    /// <summary>Reviewing: decisions with an effective ruling, for learners.</summary>
    public LearningCases Cases { get; }

    /// <summary>Reviewing: what somebody should look at next.</summary>
    public NextReviews Next { get; }
    /// <summary>Reviewing: decisions that were drawn for a person to look at.</summary>
    public Audits Audits { get; }

    /// <summary>Trust: what is known of people.</summary>
    public TrustBook TrustBook { get; }
    /// <summary>Trust: what is to be thought of those who correct.</summary>
    public ListTrust Trust { get; }
    /// <summary>Trust: rulings that are worth a second look.</summary>
    public DoubtedRulings Doubts { get; }
    /// <summary>Trust: whose word carries a bundle.</summary>
    public TraceInfluence Influences { get; }
    /// <summary>Trust: puts submitters into quarantine and lets them out.</summary>
    public QuarantineHandler Quarantines { get; }
    /// <summary>Trust: decisions whose answer is known, to measure people by.</summary>
    public GoldItemHandler Gold { get; }

    /// <summary>Learning: rules that people wrote.</summary>
    public WrittenRules Written { get; }
    /// <summary>Learning: takes written rules over and removes them.</summary>
    public WrittenRuleHandler WriteRules { get; }
    /// <summary>Learning: guidance that people wrote.</summary>
    public WrittenGuidance WrittenGuidance { get; }
    /// <summary>Learning: takes written guidance over and removes it.</summary>
    public WrittenGuidanceHandler WriteGuidance { get; }
    /// <summary>Learning: what became of decisions that had guidance.</summary>
    public GuidanceUses GuidanceUses { get; }
    /// <summary>Learning: histories of agents, kept at hand for the fast lane.</summary>
    public AgentHistories Histories { get; }

    /// <summary>Learning: which feature views there are.</summary>
    public FeatureViews FeatureViews { get; }
    /// <summary>Learning: defines feature views.</summary>
    public FeatureViewHandler DefineFeatures { get; }
    /// <summary>Learning: the latest value of features, for serving.</summary>
    public LatestFeatures LatestFeatures { get; }
    /// <summary>Learning: values of features as they were known then, for training.</summary>
    public HistoricalJoin FeaturesAsOf { get; }

    /// <summary>Learning: the exact rulings things were trained from.</summary>
    public DataSetRegistry DataSets { get; }
    /// <summary>Learning: fixes data sets.</summary>
    public FixDataSetHandler FixDataSet { get; }
    /// <summary>Learning: writes data sets, for people and for fine-tuning.</summary>
    public ExportDataSet ExportDataSet { get; }
    /// <summary>Learning: correctors, and what each was trained from.</summary>
    public ModelRegistry Models { get; }

    /// <summary>Learning: what candidates were built from.</summary>
    public CandidateSnapshots Snapshots { get; }
    /// <summary>Learning: builds bundles from what was accepted.</summary>
    public CandidateSource Source { get; }
    /// <summary>Learning: builds a candidate and registers it.</summary>
    public PrepareCandidateHandler Prepare { get; }
    /// <summary>Learning: builds a bundle as if some corrections had never been.</summary>
    public RebuildWithout Rebuild { get; }
    /// <summary>Learning: takes a correction back out of everything that was built on it.</summary>
    public UndoCorrection Undo { get; }

    /// <summary>Evaluating: protected cases.</summary>
    public GoldenSets GoldenSets { get; }
    /// <summary>Evaluating: protects cases.</summary>
    public GoldenCaseHandler GoldenCases { get; }
    /// <summary>Evaluating: puts candidates through the gates.</summary>
    public EvaluateCandidateHandler Evaluate { get; }

    /// <summary>Releasing: the registry and what agents are served.</summary>
    public ReleaseLedger Ledger { get; }

    /// <summary>What of released logic was suspended.</summary>
    public LogicHistory LogicHistory { get; }
    /// <summary>Releasing: approves.</summary>
    public ApproveCandidateHandler Approve { get; }
    /// <summary>Releasing: rejects.</summary>
    public RejectCandidateHandler Reject { get; }
    /// <summary>Releasing: starts a release.</summary>
    public StartReleaseHandler Start { get; }
    /// <summary>Releasing: takes a release to its next step.</summary>
    public AdvanceReleaseHandler Advance { get; }
    /// <summary>Releasing: holds a release.</summary>
    public PauseReleaseHandler Pause { get; }
    /// <summary>Releasing: lets a release go on.</summary>
    public ResumeReleaseHandler Resume { get; }
    /// <summary>Releasing: takes a bundle back.</summary>
    public RollBackHandler RollBack { get; }
    /// <summary>Releasing: turns the kill switch.</summary>
    public TurnKillSwitchHandler KillSwitch { get; }
    /// <summary>Releasing: suspends rules and the corrector, and lets them act again.</summary>
    public SuspendLogicHandler Suspend { get; }

    /// <summary>Releasing: takes what the change envelope covers from a correction to the first step of a release by itself.</summary>
    public FastLane FastLane { get; }

    /// <summary>Serving: bundles that may act on this side.</summary>
    public ServableBundles Bundles { get; }
    /// <summary>Serving: runs decisions through what their agents are served.</summary>
    public ServeDecisionsHandler Serve { get; }
    /// <summary>Serving: who was served what.</summary>
    public Exposures Exposures { get; }

    /// <summary>Serving: guidance for a case.</summary>
    public ServeGuidanceHandler Guide { get; }
    /// <summary>Serving: which guidance decisions had before them.</summary>
    public GuidanceExposures GuidanceExposures { get; }
    /// <summary>Serving: takes in what clients did with their decisions.</summary>
    public RecordServingsHandler Servings { get; }
    /// <summary>Serving: signs what agents are served.</summary>
    public PublishBundle Publish { get; }
    /// <summary>Serving: tells clients what they are served as soon as it changed.</summary>
    public BundleFeed Feed { get; }

    /// <summary>Observing: sets outcomes against exposures.</summary>
    public ReleaseAnalysis Analysis { get; }
    /// <summary>Observing: what became known of decisions.</summary>
    public Judgements Judgements { get; }
    /// <summary>Observing: asks for releases to be taken back that do harm.</summary>
    public WatchReleases Watch { get; }

    /// <summary>Observing: takes releases that the fast lane started on, holds them, or has them taken back, by their evidence.</summary>
    public CarryReleases Carry { get; }

    /// <summary>Observing: whether agents, their logic and their inputs are what they were.</summary>
    public WatchDrift Drift { get; }
    /// <summary>Observing: takes a new rate of errors as usual.</summary>
    public AcceptDriftHandler AcceptDrift { get; }

    /// <summary>Observing: alerts.</summary>
    public ListAlerts Alerts { get; }
    /// <summary>Observing: gathers what alerts are judged by.</summary>
    public ObserveWorkspace Observe { get; }
    /// <summary>Observing: raises and clears alerts.</summary>
    public WatchForAlerts WatchForAlerts { get; }
    /// <summary>Observing: takes an alert into somebody's hands.</summary>
    public AcknowledgeAlertHandler Acknowledge { get; }
    /// <summary>Observing: what clients lost.</summary>
    public ClientLosses Losses { get; }

    /// <summary>Messaging: where events are sent.</summary>
    public Webhooks Webhooks { get; }
    /// <summary>Messaging: what messages are signed with.</summary>
    public WebhookSecrets WebhookSecrets { get; }
    /// <summary>Messaging: adds, changes and removes webhooks.</summary>
    public ManageWebhooksHandler ManageWebhooks { get; }
    /// <summary>Messaging: messages that were given up.</summary>
    public DeadLetters DeadLetters { get; }

    /// <summary>Lineage: which corrections stand behind a decision, and what a correction changed.</summary>
    public TraceLineage Lineage { get; }
    /// <summary>Lineage: why a final action was what it was.</summary>
    public ExplainDecision Explain { get; }

    /// <summary>Opens a workspace, creating it when it does not exist.</summary>
    /// <exception cref="StorageException">The data directory cannot be used; the message says why and what to do.</exception>
    public static async Task<EmendEngine> OpenAsync(EngineOptions options, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        var projections = ReadModels.Create();
        var store = await SqliteWorkspaceStore.OpenAsync(
            DataDirectory.Open(options.DataDirectory), options.Workspace, projections, options.Clock, new StoreOptions { ReadOnly = options.ReadOnly }, cancel).ConfigureAwait(false);
        var engine = new EmendEngine(
            store, options.Around?.Invoke(store) ?? store, projections.OfType<ReviewProjection>().Single(), projections.OfType<FeatureProjection>().Single(), options.Clock);
        try
        {
            // What a definition had begun when the process ended.
            if (!options.ReadOnly) await engine.DefineFeatures.FillAsync(null, cancel).ConfigureAwait(false);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Messaging: what sends events to webhooks. Its caller runs it, and disposes of the sender after it is idle.</summary>
    public OutboxDispatcher Dispatcher(WebhookSender sender, WebhookOptions options) =>
        new(Store, Webhooks, WebhookSecrets, new(Store, Webhooks), sender, options, Clock);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await FastLane.DisposeAsync().ConfigureAwait(false);
        await Feed.DisposeAsync().ConfigureAwait(false);
        Publish.Dispose();
        await Store.DisposeAsync().ConfigureAwait(false);
    }
}
