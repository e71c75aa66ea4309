using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>
/// The consumer says that it has destroyed what it got under an agreement. It is this participant's word, as evidence, and no more: nothing here can look
/// into its stores. Whoever uses the agreement again afterwards has data again.
/// </summary>
internal sealed class DataDestruction(Database database, AgreementService agreements, EvidenceTrail evidence)
{
    private const int LongestStatement = 2_000;

    /// <exception cref="RefusalException">NotFound; Forbidden: this participant is the provider; Malformed statement.</exception>
    public async Task<AgreementView> ReportAsync(string id, DestructionReport report)
    {
        var statement = report.Statement.Trim();
        if (statement.Length is 0 or > LongestStatement)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The statement has 1 to {LongestStatement} characters: what was destroyed, and how.") { Where = "$.statement" };
        }

        if (agreements.Find(id) is { } terms && terms.Role != DspRole.Consumer)
        {
            throw new RefusalException(RefusalCode.Forbidden, "Under this agreement this participant gives data: its consumer reports.") { Term = "role" };
        }

        var view = await agreements.GetAsync(id, TimeSpan.Zero, CancellationToken.None);

        await database.WriteAsync(unit => evidence.Append(unit, EvidenceKinds.DataDestroyed, new { product = view.DatasetId, statement }, id));
        return view;
    }
}
