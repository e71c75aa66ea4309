using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>How the participant sees its transfers.</summary>
internal sealed class TransferService(Database database, TransferStore store)
{
    /// <summary>A transfer; waits, if asked to, until it has left the state; without one, until its request was answered or waits for somebody here.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task<TransferView> GetAsync(string id, string? after, TimeSpan wait, CancellationToken cancellation)
    {
        var seen = store.Find(id) ?? throw TransferSteps.NoSuch(id);
        await database.WaitUntilAsync(() => IsThere(seen = store.Find(id)!, after), wait, cancellation);
        return seen.ToView();
    }

    /// <summary>Newest first.</summary>
    /// <exception cref="RefusalException">Malformed filter or page.</exception>
    public Page<TransferView> List(TransferFilter filter, PageRequest page) =>
        page.ToPage(store.Page(filter.Checked(), page.After, page.Size), row => row.ToView(), row => row.Id);

    private static bool IsThere(TransferRecord transfer, string? after) =>
        after is null ? transfer.State != Requested || transfer.IsWaiting : transfer.State != after;
}
