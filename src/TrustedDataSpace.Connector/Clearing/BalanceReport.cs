using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Clearing;

/// <summary>Shows a prepaid balance: the authority's account, and at the provider what its own gate has taken and still lets flow.</summary>
internal sealed class BalanceReport(AgreementService agreements, AuthorityClient authority, Balances balances, ProviderCounts counts, UsageMeter meter, Database database)
{
    /// <exception cref="RefusalException">NotFound; Unsupported: it is not paid in advance; Unavailable: the authority does not answer.</exception>
    public async Task<BalanceState> ShowAsync(string id, CancellationToken cancellation)
    {
        var agreement = agreements.Find(id) ?? throw new RefusalException(RefusalCode.NotFound, "There is no such agreement here.") { Where = "id", Remedy = "GET " + ManagementRoutes.Agreements };
        if (agreement.Price is not { } price)
        {
            throw new RefusalException(RefusalCode.Unsupported, "The agreement is not paid in advance, so it has no balance.") { Term = PricePlan.Property, Remedy = "GET " + ManagementRoutes.Statements };
        }

        var account = await authority.BalanceAsync(id, cancellation);
        if (agreement.Role != DspRole.Provider)
        {
            return new BalanceState { Account = account };
        }

        await balances.RefreshAsync(id, price, anew: true);
        var (used, left) = counts.FindAgreement(id)?.Balance?.State ?? await StoredAsync(id, price);
        var held = await database.WriteAsync(unit => BalanceTable.Held(unit, id));
        return new BalanceState { Account = account, Used = UsePrice.Amount(used), Held = UsePrice.Amount(held), Left = UsePrice.Amount(left) };
    }

    // Not used since the start.
    private Task<(long Used, long Left)> StoredAsync(string id, UsePrice price) => database.WriteAsync(unit =>
    {
        meter.Apply(unit);
        var (toppedUp, used) = BalanceTable.Read(unit, id, price);
        return (used, Math.Max(0, toppedUp - used));
    });
}
