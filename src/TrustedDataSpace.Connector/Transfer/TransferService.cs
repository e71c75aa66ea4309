using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>What the participant itself does with transfers.</summary>
internal sealed class TransferService(Database database, TransferStore store, TransferMachine machine, AgreementService agreements, DspClient client, Ids ids)
{
    /// <summary>Asks the provider of an agreement for its data.</summary>
    /// <exception cref="RefusalException">NotFound; Forbidden: not the consumer; Unsupported format; InvalidTransition: the agreement was ended; as <see cref="DspClient.BaseOfAsync"/>.</exception>
    public async Task<TransferView> StartAsync(TransferStart start, CancellationToken cancellation)
    {
        var agreement = agreements.Find(start.AgreementId)
            ?? throw new RefusalException(RefusalCode.NotFound, $"There is no agreement '{start.AgreementId}'.") { Term = "agreementId" };
        if (agreement.Role != DspRole.Consumer)
        {
            throw new RefusalException(RefusalCode.Forbidden, "This participant is the provider of the agreement; its consumer asks for the data.")
            {
                Term = "agreementId",
            };
        }

        if (start.Format != DspConstants.HttpPull)
        {
            throw new RefusalException(RefusalCode.Unsupported, $"The only format is {DspConstants.HttpPull}.") { Term = "format" };
        }

        var path = await client.BaseOfAsync(agreement.Provider, cancellation);
        var begun = await database.WriteAsync(unit => AgreementService.IsActive(unit, agreement.Id)
            ? machine.Begin(unit, new TransferRecord
            {
                Id = ids.Next(),
                Role = DspRole.Consumer,
                State = Requested,
                Counterparty = agreement.Provider,
                CounterpartyPath = path,
                AgreementId = agreement.Id,
                Format = start.Format,
            })
            : throw new RefusalException(RefusalCode.InvalidTransition, "The agreement has been ended.") { Term = "agreementId", Remedy = "Negotiate another one." });
        return begun.ToView();
    }

    /// <summary>Ends a transfer and tells the counterparty.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition.</exception>
    public Task<TransferView> TerminateAsync(string id, Termination termination) => EndAsync(id, Terminated, [termination.Reason]);

    /// <summary>Nothing more is wanted, or nothing more will come.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition.</exception>
    public Task<TransferView> CompleteAsync(string id) => EndAsync(id, Completed, []);

    /// <summary>A transfer; waits, if asked to, until it has left the state (by default: until a request was answered).</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task<TransferView> GetAsync(string id, string? after, TimeSpan wait, CancellationToken cancellation)
    {
        if (store.Find(id) is null)
        {
            throw NoSuch(id);
        }

        await database.WaitUntilAsync(() => store.Find(id)!.State != (after ?? Requested), wait, cancellation);
        return store.Find(id)!.ToView();
    }

    /// <summary>Newest first.</summary>
    public Page<TransferView> List(PageRequest page) =>
        page.ToPage(store.Page(page.After, page.Size), row => row.ToView(), row => row.Id);

    private async Task<TransferView> EndAsync(string id, string to, IReadOnlyList<string> reasons)
    {
        var ended = await database.WriteAsync(unit =>
        {
            var current = TransferStore.Find(unit, id) ?? throw NoSuch(id);
            return machine.Step(unit, current with { Reasons = DspProcess.ToReasons(reasons) }, current.Role, to);
        });
        return ended.ToView();
    }

    private static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no transfer '{id}'.");
}
