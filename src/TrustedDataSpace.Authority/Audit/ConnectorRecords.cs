using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>One thing that connectors are asked about: an entry, an interval of a flow, a flow, or an agreement.</summary>
internal sealed record RecordQuestion
{
    /// <summary>Whose connector is asked, if the log knows.</summary>
    public string? Provider { get; init; }

    /// <summary>Whose connector is asked, if the log knows.</summary>
    public string? Consumer { get; init; }

    /// <summary>An entry that its source must have, with its leaf hash in base64.</summary>
    public (string Id, string Leaf)? Entry { get; init; }

    public string? Agreement { get; init; }

    /// <summary>Who has ended the agreement, by the log; null: nobody.</summary>
    public string? EndedBy { get; init; }

    public string? Flow { get; init; }

    public long? Interval { get; init; }

    /// <summary>Hash of the record in the provider's evidence.</summary>
    public string? ProviderHash { get; init; }

    /// <summary>Hash of the record in the consumer's evidence.</summary>
    public string? ConsumerHash { get; init; }
}

/// <summary>
/// Asks the connectors of members what they have beside the log. A word of theirs proves nothing, and none of them can hold up an answer: whoever
/// does not answer in a few seconds is shown as away.
/// </summary>
internal sealed class ConnectorRecords(JsonClient http, ParticipantStore participants, CredentialSigner signer, Ids ids, TimeProvider clock)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>For each question what the connectors concerned say; without asking them, that nobody has.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<AskedConnector>>> AskAsync(IReadOnlyList<RecordQuestion> questions, bool ask, CancellationToken cancellation)
    {
        var members = questions.SelectMany(Parties).Distinct().ToList();
        var answers = new Dictionary<string, Answer>();
        if (ask)
        {
            using var room = new SemaphoreSlim(AtOnce);
            foreach (var (member, answer) in members.Zip(await Task.WhenAll(members.Select(async member =>
            {
                await room.WaitAsync(cancellation);
                try
                {
                    return await AskAsync(member, [.. questions.Where(question => Parties(question).Contains(member))], cancellation);
                }
                finally
                {
                    room.Release();
                }
            }))))
            {
                answers[member] = answer;
            }
        }

        return [.. questions.Select(question => (IReadOnlyList<AskedConnector>)[.. Parties(question).Select(member =>
            answers.TryGetValue(member, out var answer) ? answer.To(question, member) : new AskedConnector(member, ConnectorAnswers.NotAsked))])];
    }

    private static IEnumerable<string> Parties(RecordQuestion question) => new[] { question.Provider, question.Consumer }.OfType<string>().Distinct();

    private async Task<Answer> AskAsync(string member, IReadOnlyList<RecordQuestion> questions, CancellationToken cancellation)
    {
        if (participants.Find(member) is not { IsActive: true } participant)
        {
            return Answer.Without(ConnectorAnswers.NotAsked, "it is no active member");
        }

        var inquiry = new AuditInquiry
        {
            Entries = [.. questions.Where(question => question.Entry is not null).Select(question => question.Entry!.Value.Id)],
            Intervals = [.. questions.Where(question => question is { Flow: not null, Interval: not null }).Select(question => new FlowInterval(question.Flow!, question.Interval!.Value))],
            Flows = [.. questions.Where(question => question is { Flow: not null, Interval: null }).Select(question => question.Flow!)],
            Agreements = [.. questions.Where(question => question.Agreement is not null).Select(question => question.Agreement!)],
        };
        using var limit = new CancellationTokenSource(LongestWait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var answer = await http.SendAsync(HttpMethod.Post, participant.Endpoint.TrimEnd('/') + AuditInquiry.Route, ProtocolJson.Write(inquiry), Token(member), either.Token);
            return Answer.Of(inquiry, answer.Read<AuditInquiryAnswer>());
        }
        catch (RefusalException refusal)
        {
            return Answer.Without(refusal.Code == RefusalCode.Unavailable ? ConnectorAnswers.Away : ConnectorAnswers.Refused, refusal.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Answer.Without(ConnectorAnswers.Away, $"it did not answer within {LongestWait.TotalSeconds:0} s");
        }
    }

    private string Token(string member)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        return new SelfIssuedIdToken { Issuer = signer.Issuer, Audience = Did.Parse(member), Id = ids.Next(), IssuedAt = now, ExpiresAt = now + TokenLifetime }.Sign(signer.Key);
    }

    /// <summary>What one connector has said, or why it has not.</summary>
    private sealed class Answer
    {
        private readonly Dictionary<string, string?> entries = [];
        private readonly Dictionary<FlowInterval, HeldRecord?> intervals = [];
        private readonly Dictionary<string, HeldFlow?> flows = [];
        private readonly Dictionary<string, string?> agreements = [];
        private (string Answer, string Why)? none;

        public static Answer Without(string answer, string why) => new() { none = (answer, why) };

        /// <exception cref="RefusalException">Malformed: it has not answered what it was asked.</exception>
        public static Answer Of(AuditInquiry asked, AuditInquiryAnswer said)
        {
            if (said.Entries.Count != asked.Entries.Count || said.Intervals.Count != asked.Intervals.Count || said.Flows.Count != asked.Flows.Count || said.Agreements.Count != asked.Agreements.Count)
            {
                throw new RefusalException(RefusalCode.Malformed, "It has answered another number of questions than it was asked.");
            }

            var answer = new Answer();
            Fill(answer.entries, asked.Entries, said.Entries);
            Fill(answer.intervals, asked.Intervals, said.Intervals);
            Fill(answer.flows, asked.Flows, said.Flows);
            Fill(answer.agreements, asked.Agreements, said.Agreements);
            return answer;
        }

        public AskedConnector To(RecordQuestion question, string member)
        {
            if (none is { } without)
            {
                return new AskedConnector(member, without.Answer, without.Why);
            }

            if (question.Entry is { } entry)
            {
                return entries.GetValueOrDefault(entry.Id) is not { } leaf ? new AskedConnector(member, ConnectorAnswers.HasNone, "it has no such entry")
                    : new AskedConnector(member, leaf == entry.Leaf ? ConnectorAnswers.Agrees : ConnectorAnswers.Differs, leaf == entry.Leaf ? null : "its entry of that id is another one");
            }

            if (question.Agreement is { } agreement)
            {
                return agreements.GetValueOrDefault(agreement) is not { } state ? new AskedConnector(member, ConnectorAnswers.HasNone, "it has no such agreement")
                    : new AskedConnector(member, MayBe(state, question.EndedBy, member) ? ConnectorAnswers.Agrees : ConnectorAnswers.Differs, "the agreement is " + state);
            }

            return question.Interval is { } interval
                ? OfInterval(member, intervals.GetValueOrDefault(new FlowInterval(question.Flow!, interval)), member == question.Provider ? question.ProviderHash : question.ConsumerHash)
                : OfFlow(member, flows.GetValueOrDefault(question.Flow!));
        }

        // Whoever has not ended it itself was told that its transfers are, and no more: DSP has no message for the rest.
        private static bool MayBe(string state, string? endedBy, string member) => endedBy is null ? state != "ended" : state == "ended" || member != endedBy;

        private static AskedConnector OfInterval(string member, HeldRecord? held, string? logged)
        {
            var own = held?.Own;
            var answer = own == logged ? (own is null ? ConnectorAnswers.HasNone : ConnectorAnswers.Agrees) : own is null ? ConnectorAnswers.HasNone : logged is null ? ConnectorAnswers.HasMore : ConnectorAnswers.Differs;
            return new AskedConnector(member, answer, held is null ? "it has no record" : $"its record: {own ?? "none"}; of the other party: {held.Peer ?? "none"}; {held.State ?? "not compared"}");
        }

        private static AskedConnector OfFlow(string member, HeldFlow? held) => held is null
            ? new AskedConnector(member, ConnectorAnswers.HasNone, "it has no such flow")
            : new AskedConnector(
                member,
                held.Records + held.Unrecorded > 0 ? ConnectorAnswers.HasMore : ConnectorAnswers.Agrees,
                held.Records + held.Unrecorded > 0 ? $"the flow is {held.State}, with {held.Records} intervals recorded and {held.Unrecorded} not yet" : $"the flow is {held.State}, and was not used");

        private static void Fill<TKey, TValue>(Dictionary<TKey, TValue> into, IReadOnlyList<TKey> keys, IReadOnlyList<TValue> values)
            where TKey : notnull
        {
            foreach (var (key, value) in keys.Zip(values))
            {
                into[key] = value;
            }
        }
    }
}
