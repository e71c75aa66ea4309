using System.Net;
using TrustedDataSpace.Cli.Commands.Products;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Sources;

public sealed class FolderSourceTests : IAsyncLifetime
{
    private readonly TempFolder temp = new();
    private readonly HttpClient http = new();
    private FolderSource source = null!;

    private string Table => Path.Combine(temp["tables"], "用电 hourly.csv");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(temp["tables"]);
        await File.WriteAllTextAsync(Table, "hour,kwh\n1,2\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(temp["tables"], "secret.txt"), "not for others", Cancellation);
        source = await FolderSource.StartAsync(temp["tables"], 0);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await source.DisposeAsync();
        temp.Dispose();
    }

    [Fact]
    public async Task File_is_given_to_whoever_has_the_credential()
    {
        var answer = await GetAsync("/" + Uri.EscapeDataString(Path.GetFileName(Table)), Access().Credential);

        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("hour,kwh\n1,2\n", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("guess")]
    public async Task Without_the_credential_nothing_is_given(string credential) =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync("/" + Uri.EscapeDataString(Path.GetFileName(Table)), credential)).StatusCode);

    [Theory]
    [InlineData("/secret.txt")]
    [InlineData("/..%2Ftables.source.json")]
    [InlineData("/%2e%2e/tables.source.json")]
    [InlineData("/tables.source.json")]
    public async Task Nothing_but_the_tables_of_the_folder_is_given(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(path, Access().Credential)).StatusCode);

    [Fact]
    public async Task Credential_stays_when_the_folder_is_served_again_and_is_for_this_user_only()
    {
        var before = Access();
        await source.DisposeAsync();
        source = await FolderSource.StartAsync(temp["tables"], 0);

        Assert.Equal(before.Credential, Access().Credential);
        Assert.Equal(source.Url, Access().Url);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(source.AccessFile));
        }
    }

    [Fact]
    public async Task Table_becomes_a_product_with_the_terms_that_were_named()
    {
        var publication = await new CsvOffer { File = Table, Purposes = ["inference"], Regions = ["44"], Count = 5 }.ToPublicationAsync(http, Cancellation);

        Assert.Equal("___hourly", publication.Product.Id);
        Assert.Equal("用电 hourly", publication.Product.Title);
        Assert.Equal(Access().Credential, publication.Asset.SourceHeaders[SourceApi.CredentialHeader]);
        Assert.Equal(
            ["tds:membership", "purpose", "spatial", "count"],
            publication.Product.Policy.GetProperty("permission")[0].GetProperty("constraint").EnumerateArray().Select(term => term.GetProperty("leftOperand").GetString()));
    }

    private FolderAccess Access() => FolderAccess.Find(temp["tables"])!;

    private async Task<HttpResponseMessage> GetAsync(string path, string credential)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, source.Url + path);
        request.Headers.Add(SourceApi.CredentialHeader, credential);
        return await http.SendAsync(request, Cancellation);
    }
}
