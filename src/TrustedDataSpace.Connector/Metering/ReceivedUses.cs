using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// The consumer's count of what is pushed to it. A delivery takes its place under the provider's number, durably, before any of it goes
/// on to the sink: a killed connector knows that it came, and the same number never counts twice.
/// </summary>
internal sealed class ReceivedUses(Database database, UsageMeter meter, UsedNumbers numbers)
{
    /// <summary>The use under the provider's number.</summary>
    /// <exception cref="RefusalException">Forbidden: the flow was closed in the meantime; Conflict, as <see cref="UsedNumbers.Take(UsageTicket, long)"/>.</exception>
    public Task<UsageTicket> BeginAsync(ConsumerFlow flow, long interval, long sequence, UsageClaim claim) => database.WriteAsync(unit =>
    {
        meter.Apply(unit);
        if (FlowRow.Find(unit, FlowRow.Consumer, flow.Id) is not { State: FlowRow.Open })
        {
            throw new RefusalException(RefusalCode.Forbidden, "The transfer has just ended.") { Term = "transfer" };
        }

        var ticket = new UsageTicket(FlowRow.Consumer, flow.Id, interval, sequence, flow.AgreementId, claim, 0);
        numbers.Take(unit, ticket, UsageInterval.At(unit.Now));
        UsageTables.Open(unit, ticket);
        return ticket;
    });
}
