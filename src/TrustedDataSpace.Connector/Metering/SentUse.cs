using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>One request that was sent. Disposed of without a count or a word of the provider, it is asked about.</summary>
internal sealed class SentUse(SentUses uses, ConsumerFlow flow, UsageClaim claim) : IAsyncDisposable
{
    private UsageTicket? ticket;
    private bool concluded;
    private bool counted;

    /// <summary>What the request says about itself, with its id.</summary>
    public UsageClaim Claim => claim;

    /// <summary>The interval in which it was sent.</summary>
    public long SentIn { get; set; }

    /// <summary>Whether it is noted in the journal. One with a key is compared with others in the tables.</summary>
    public bool IsJournaled => claim.IdempotencyKey is null;

    /// <summary>The request before it has a number.</summary>
    public UsageTicket Sent => new(FlowRow.Consumer, flow.Id, SentIn, 0, flow.AgreementId, claim, 0);

    /// <summary>Its id.</summary>
    public string Id => claim.Request!;

    /// <summary>The use under the provider's number.</summary>
    /// <exception cref="RefusalException">Conflict: another use has that number.</exception>
    public UsageTicket Number(long interval, long sequence)
    {
        var numbered = new UsageTicket(FlowRow.Consumer, flow.Id, interval, sequence, flow.AgreementId, claim, 0);
        uses.Take(numbered, SentIn);
        return ticket = numbered;
    }

    /// <summary>Counts what came back.</summary>
    public async Task CountAsync(UsageTicket numbered, Delivered delivered)
    {
        await uses.CountAsync(this, numbered, delivered);
        concluded = counted = true;
    }

    /// <summary>The provider refused it.</summary>
    public async Task ForgetAsync()
    {
        await uses.ForgetAsync(this);
        concluded = true;
    }

    /// <summary>The provider's connection broke, or its answer made no sense, or nobody waited for it any longer.</summary>
    /// <param name="nothingCame">Whether it is the provider, or the way to it, that failed; else this side took nothing.</param>
    public async Task AskAsync(bool nothingCame)
    {
        await uses.AskAsync(Id, nothingCame ? LeafRow.Partly : LeafRow.Untaken);
        concluded = true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!concluded)
            {
                await uses.AskAsync(Id, LeafRow.Unknown);
            }
        }
        finally
        {
            // Also when nothing can be stored: the request is over, and the next start asks about it.
            uses.End(Id, counted ? null : ticket);
        }
    }
}
