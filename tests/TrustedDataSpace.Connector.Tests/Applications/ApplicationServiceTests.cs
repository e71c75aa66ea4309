using System.Globalization;
using Dapper;
using TrustedDataSpace.Connector.Applications;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Applications;

public sealed class ApplicationServiceTests : IAsyncLifetime
{
    private static readonly ApplicationGrant Grant = new() { Name = "Forecast", Agreements = ["a1"], Purposes = ["inference"], Person = "Lin Mei" };

    private readonly ConnectorUnderTest connector = new();

    private ApplicationService Applications => connector.Get<ApplicationService>();

    public async ValueTask InitializeAsync() => await connector.AgreeAsync("a1");

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Secret_names_its_application()
    {
        var credential = await Applications.GrantAsync(Grant);
        var application = Applications.Authenticate(credential.Secret)!;
        Assert.Equal(credential.Id, application.Id);
        Assert.Equal(["a1"], application.Agreements);
        Assert.Equal(["inference"], application.Purposes);
        Assert.Equal("Lin Mei", application.Person);
    }

    [Fact]
    public async Task Other_secret_is_nobody()
    {
        var credential = await Applications.GrantAsync(Grant);
        Assert.Null(Applications.Authenticate(credential.Secret + "0"));
        Assert.Null(Applications.Authenticate(""));
        Assert.Null(Applications.Authenticate(credential.Id));
    }

    [Fact]
    public async Task Only_the_hash_of_the_secret_is_kept()
    {
        var credential = await Applications.GrantAsync(Grant);
        var row = connector.Database.Read(connection => connection.QuerySingle<string>("SELECT id || name || agreements || purposes || person || secret_hash FROM applications"));
        Assert.DoesNotContain(credential.Secret, row, StringComparison.Ordinal);
        Assert.Null(Applications.Authenticate(row[^64..]));
    }

    [Fact]
    public async Task Revoked_secret_is_worthless_at_once()
    {
        var credential = await Applications.GrantAsync(Grant);
        Assert.NotNull(Applications.Authenticate(credential.Secret));
        await Applications.RevokeAsync(credential.Id);
        Assert.Null(Applications.Authenticate(credential.Secret));
        Assert.Equal(RefusalCode.NotFound, (await Assert.ThrowsAsync<RefusalException>(() => Applications.RevokeAsync(credential.Id))).Code);
    }

    [Fact]
    public async Task Grant_outlives_a_restart()
    {
        using var folder = new TempFolder();
        ApplicationCredential credential;
        await using (var before = new ConnectorUnderTest(folder: folder))
        {
            await before.AgreeAsync("a1");
            credential = await before.Get<ApplicationService>().GrantAsync(Grant);
        }

        await using var after = new ConnectorUnderTest(folder: folder);
        Assert.NotNull(after.Get<ApplicationService>().Authenticate(credential.Secret));
    }

    [Fact]
    public async Task Grant_that_names_nothing_is_refused_with_all_problems()
    {
        var grant = new ApplicationGrant { Name = "", Agreements = [], Purposes = [""], Person = " " };
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Applications.GrantAsync(grant));
        Assert.Equal(["name", "person", "agreements", "purposes"], refusal.Reasons.Select(reason => reason.Term));
    }

    [Theory]
    [InlineData("load forecast")]
    [InlineData("预测")]
    [InlineData("a-purpose-of-more-than-sixty-four-characters-which-no-request-may-declare")]
    public async Task A_purpose_that_no_request_can_declare_is_refused_at_once(string purpose)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Applications.GrantAsync(Grant with { Purposes = ["inference", purpose] }));
        Assert.Equal("purposes", Assert.Single(refusal.Reasons).Term);
    }

    [Fact]
    public async Task Pages_cover_every_application_once()
    {
        for (var i = 0; i < 5; i++)
        {
            await Applications.GrantAsync(Grant with { Name = i.ToString(CultureInfo.InvariantCulture) });
        }

        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = Applications.List(new PageRequest { Limit = 2, Cursor = cursor });
            names.AddRange(page.Items.Select(application => application.Name));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(["0", "1", "2", "3", "4"], names);
    }
}
