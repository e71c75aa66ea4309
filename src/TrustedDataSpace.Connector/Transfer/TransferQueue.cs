using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>What a transfer promises: messages to the counterparty, and this connector's own next step.</summary>
internal sealed class TransferQueue(OutboxQueue outbox)
{
    /// <summary>Topic of the messages to the counterparty.</summary>
    public const string SendTopic = "transfer.send";

    /// <summary>Topic of the provider's next step.</summary>
    public const string AdvanceTopic = "transfer.advance";

    public void Send(UnitOfWork unit, TransferRecord transfer) =>
        outbox.Add(unit, SendTopic, Destination(transfer.Id), new ProcessMessage(transfer.Id, transfer.State).ToBody(), transfer.Counterparty);

    /// <summary>What was to be said of a state is void. False: the counterparty has heard it.</summary>
    public bool Withdraw(UnitOfWork unit, TransferRecord transfer, string state) =>
        outbox.Withdraw(unit, SendTopic, Destination(transfer.Id), new ProcessMessage(transfer.Id, state).ToBody());

    public void Advance(UnitOfWork unit, string id) => outbox.Add(unit, AdvanceTopic, Destination(id), id);

    /// <summary>The agreement's filing is decided: the transfers that have waited for it go on.</summary>
    public void AdvanceWaiting(UnitOfWork unit, string agreementId)
    {
        var waiting = unit.Query<string>(
            "SELECT id FROM transfers WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND state = @State ORDER BY id",
            new { unit.Space, agreementId, Role = DspProcess.NameOf(DspRole.Provider), State = TransferStates.Requested });
        foreach (var id in waiting)
        {
            Advance(unit, id);
        }
    }

    // One destination for each transfer: its messages and steps stay in order and wait for no other transfer.
    private static string Destination(string id) => "transfer:" + id;
}
