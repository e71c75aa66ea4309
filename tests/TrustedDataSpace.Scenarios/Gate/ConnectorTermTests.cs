using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Keys;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>A contract that names the connector, by the key to which the key of the flow was encrypted.</summary>
public sealed class ConnectorTermTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private const string Another = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

    private readonly TestSpace space = shared.Space;

    private string Own => "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + space.Behind(space.Consumer).Services.GetRequiredService<AgreementKeys>().Current.Thumbprint;

    [Fact]
    public async Task The_connector_that_the_contract_names_gets_data_and_its_key_is_the_one_in_its_DID_document()
    {
        var contract = await space.ContractAsync("for-one-connector", TestSpace.Constraint("tds:connector", "isAnyOf", new[] { Another, Own }));
        for (var i = 0; i < 2; i++)
        {
            using var answer = await contract.UseAsync();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        using var document = JsonDocument.Parse(await space.Consumer.GetStringAsync(new Uri("/.well-known/did.json", UriKind.Relative)));
        var method = document.RootElement.GetProperty("keyAgreement")[0];
        Assert.EndsWith("#" + Own[(Own.LastIndexOf(':') + 1)..], method.ValueKind == JsonValueKind.String ? method.GetString() : method.GetProperty("id").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_other_one_is_refused_with_the_term_and_told_which_one_it_is()
    {
        var contract = await space.ContractAsync("for-another-connector", TestSpace.Constraint("tds:connector", "eq", Another));
        using var refused = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var problem = await refused.ProblemAsync();
        Assert.Equal("permission[0].constraint[0]", problem.GetProperty("term").GetString());
        Assert.Contains($"connector is {Own}", problem.GetRawText(), StringComparison.Ordinal);
    }
}
