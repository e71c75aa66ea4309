using System.Text;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Uses that did not end well. Each side asks the other what it knows (<see cref="UsageInquiryJob"/>), so that a killed process and an answer
/// that was broken off leave equal meters (<see cref="InquiryRule"/>). Where both know and differ, each keeps its own: the records will not
/// match, which is a dispute and never a silent choice (DESIGN §3 rule 12).
/// </summary>
internal sealed class Interruptions(OutboxQueue outbox, ProviderCounts counts, UsedNumbers numbers, ILogger<Interruptions> logger)
{
    /// <summary>Topic of the jobs that ask.</summary>
    public const string Topic = "usage.inquiry";

    /// <summary>Marks a use as interrupted and promises to ask. One that was not cut is whole, unless its end was lost (<see cref="LeafRow.Whole"/>).</summary>
    public void Mark(UnitOfWork unit, UsageInquiry use, Delivered delivered)
    {
        var isWhole = delivered.Outcome != UsageOutcomes.Cut;
        var observed = isWhole ? LeafRow.Whole : !delivered.Observed ? LeafRow.Unknown : delivered.Cause switch
        {
            CutCause.Here => LeafRow.BrokenOff,
            CutCause.UsedUp => LeafRow.UsedUp,
            _ => LeafRow.Partly,
        };
        unit.Execute(
            "UPDATE usage_leaves SET state = @Interrupted, outcome = @Outcome, row_count = @Rows, byte_count = @Bytes, observed = @observed, answer_digest = @Digest, tokens = @Tokens" + LeafRow.IsIt,
            new
            {
                unit.Space,
                LeafRow.Interrupted,
                delivered.Outcome,
                delivered.Rows,
                delivered.Bytes,
                observed,
                delivered.Digest,
                Tokens = delivered.Tokens?.Canonical(),
                use.Role,
                use.Flow,
                use.Interval,
                use.Sequence,
            });
        Ask(unit, use);
    }

    /// <summary>Promises to ask the other party, in its own lane: one that does not answer must hold up nobody else.</summary>
    public void Ask(UnitOfWork unit, UsageInquiry use)
    {
        var peer = unit.Find<string>("SELECT counterparty FROM flows WHERE space_id = @Space AND role = @Role AND flow = @Flow", new { unit.Space, use.Role, use.Flow });
        outbox.Add(unit, Topic, $"usage:{use.Role}:{use.Flow}:{NameOf(use)}", Encoding.UTF8.GetString(ProtocolJson.Write(use)), peer ?? "");
    }

    /// <summary>After a kill: what was under way has been interrupted, and nothing is known of it.</summary>
    public int MarkAllOpen(UnitOfWork unit)
    {
        var open = unit.Query<LeafRow>(LeafRow.Select + " WHERE space_id = @Space AND state <> 'settled' AND state = @Open", new { unit.Space, LeafRow.Open });
        open.ForEach(leaf => Mark(unit, leaf.Inquiry(), Delivered.Unknown));

        // The others are being asked about already.
        var sent = unit.Query<SentRow>(SentRow.Select + " AND observed = 0", new { unit.Space });
        sent.ForEach(row => Ask(unit, row.Inquiry()));
        return open.Count + sent.Count;
    }

    /// <summary>The interrupted use; null when it is one no longer.</summary>
    public static LeafRow? Find(UnitOfWork unit, UsageInquiry use)
    {
        var leaf = UsageTables.Find(unit, use);
        return leaf?.State == LeafRow.Interrupted ? leaf : null;
    }

    /// <summary>Name of the change that a use of the flow is interrupted no longer.</summary>
    public static string ChangeOf(string flow) => "interruptions:" + flow;

    /// <summary>Settles an interrupted use with what the other side knows.</summary>
    public void Resolve(UnitOfWork unit, UsageInquiry use, UsageAnswer answer)
    {
        unit.Changed(ChangeOf(use.Flow));
        if (use.Interval == 0)
        {
            ResolveSent(unit, use, answer);
        }
        else if (Find(unit, use) is { } own)
        {
            Settle(unit, use, own, answer);
        }
    }

    /// <summary>Settles an interrupted use with what is known here: the other side cannot be asked any more.</summary>
    public void ResolveAlone(UnitOfWork unit, UsageInquiry use)
    {
        unit.Changed(ChangeOf(use.Flow));
        if (use.Interval == 0)
        {
            // Without the provider's number it can stand in no record.
            SentRow.Remove(unit, use.Request!);
            Log(unit, use, InquiryVerdict.Removed);
        }
        else if (Find(unit, use) is { } own)
        {
            KeepOwn(unit, use, own);
            Log(unit, use, InquiryVerdict.Kept);
        }
    }

    // The consumer's request without a number: it takes the number, and then it is a use like the others.
    private void ResolveSent(UnitOfWork unit, UsageInquiry use, UsageAnswer answer)
    {
        if (SentRow.Find(unit, use.Request!) is not { } sent)
        {
            return;
        }

        if (answer.State == UsageAnswerStates.None)
        {
            SentRow.Remove(unit, sent.Id);
            Log(unit, use, InquiryVerdict.Removed);
            return;
        }

        if (answer.State == UsageAnswerStates.Interrupted && sent.Observed == LeafRow.Partly)
        {
            throw new RefusalException(RefusalCode.Unavailable, "The provider has not heard yet that nothing came.");
        }

        var ticket = sent.Ticket(answer.Interval, answer.Sequence);
        numbers.Take(unit, ticket, sent.Interval);
        SentRow.Remove(unit, sent.Id);
        UsageTables.Open(unit, ticket);
        Settle(unit, ticket.Use, new LeafRow { AgreementId = sent.AgreementId, Outcome = UsageOutcomes.Cut, Observed = sent.Observed }, answer);
    }

    private void Settle(UnitOfWork unit, UsageInquiry use, LeafRow own, UsageAnswer answer)
    {
        if (answer.UsedUp && AgreementRow.Find(unit, own.AgreementId)?.ToTerms().LimitsWhatFlows != true)
        {
            answer = answer with { UsedUp = false };
        }

        var isRepeated = use.Role == FlowRow.Provider && own.Digest is not null && own.Digest == answer.Digest && Retries.IsRetry(unit, own, own.Digest);
        var verdict = InquiryRule.Judge(use.Role, own, answer, isRepeated);
        switch (verdict)
        {
            case InquiryVerdict.Removed:
                // The consumer never sent it or knows that nothing came, or the provider gave the use back.
                UsageTables.Remove(unit, use);
                counts.GiveBack(unit, use.Role, own.AgreementId, use.Interval);
                break;
            case InquiryVerdict.Adopted:
                Count(unit, use, own, new Delivered(answer.Outcome, answer.Rows, answer.Bytes, answer.Digest, Tokens: answer.Tokens));
                break;
            default:
                KeepOwn(unit, use, own);
                break;
        }

        Log(unit, use, verdict);
    }

    private void KeepOwn(UnitOfWork unit, UsageInquiry use, LeafRow own) =>
        Count(unit, use, own, new Delivered(own.Outcome, own.Rows, own.Bytes, own.Digest, Tokens: own.Tokens));

    private void Count(UnitOfWork unit, UsageInquiry use, LeafRow own, Delivered delivered)
    {
        UsageTables.Settle(unit, use, delivered);
        if (delivered.Outcome == UsageOutcomes.Retry)
        {
            counts.GiveBack(unit, use.Role, own.AgreementId, use.Interval);
        }
    }

    private void Log(UnitOfWork unit, UsageInquiry use, InquiryVerdict verdict)
    {
        var (name, how) = (NameOf(use), verdict.ToString().ToLowerInvariant());
        unit.OnCommitted(() => logger.Settled(name, use.Flow, how));
    }

    private static string NameOf(UsageInquiry use) => use.Interval == 0 ? use.Request! : $"{use.Interval}/{use.Sequence}";
}

/// <summary>The words of <see cref="UsageAnswer.State"/>.</summary>
internal static class UsageAnswerStates
{
    public const string None = "none";
    public const string Settled = LeafRow.Settled;
    public const string Open = LeafRow.Open;
    public const string Interrupted = LeafRow.Interrupted;

    /// <summary>The role of the other party of a flow.</summary>
    public static string Opposite(string role) => role == FlowRow.Provider ? FlowRow.Consumer : FlowRow.Provider;
}
