using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Assets;

/// <summary>What the authority answers to products, and what becomes of them.</summary>
public sealed class ProductRegistrationTests
{
    private const string Full = "did:web:connector.example has registered 10000 products, the most this space allows.";

    [Fact]
    public async Task A_product_for_which_the_space_has_no_room_is_not_tried_for_ever_holds_nothing_up_and_says_why()
    {
        await using var space = await TestSpace.StartAsync();
        var asked = new ConcurrentQueue<string>();
        var isFull = true;
        space.Registration = product =>
        {
            asked.Enqueue(product);
            return product == "second" ? Results.StatusCode(StatusCodes.Status503ServiceUnavailable)
                : product == "first" && isFull ? Results.Json(new { detail = Full, code = "limit_reached" }, statusCode: StatusCodes.Status422UnprocessableEntity)
                : Results.Ok();
        };
        await using var connector = await TestConnector.StartAsync(space);
        await PublishAsync(connector, "first");
        Assert.Contains(Full, await RefusalAsync(connector, "first", refusal => refusal is not null), StringComparison.Ordinal);

        // One that waits for an authority that fails does not make another wait.
        await PublishAsync(connector, "second");
        await PublishAsync(connector, "third");
        await UntilAsync(connector, () => asked.Contains("third"));
        Assert.Single(asked, product => product == "first");

        isFull = false;
        await PublishAsync(connector, "first");
        Assert.Null(await RefusalAsync(connector, "first", refusal => refusal is null));
    }

    private static Task<ProductView> PublishAsync(TestConnector connector, string product) => connector.Service<ProductService>().PublishAsync(new ProductDefinition
    {
        Id = product,
        AssetId = "curves",
        Title = product,
        Policy = ProtocolJson.Parse("""{"permission":[{"action":"use"}]}"""u8),
    });

    private static async Task<string?> RefusalAsync(TestConnector connector, string product, Func<string?, bool> condition)
    {
        await UntilAsync(connector, () => condition(connector.Service<ProductListing>().Get(product).RegistrationRefusal));
        return connector.Service<ProductListing>().Get(product).RegistrationRefusal;
    }

    private static async Task UntilAsync(TestConnector connector, Func<bool> condition) =>
        Assert.True(await connector.Service<Database>().WaitUntilAsync(condition, Deadline.Limit, default));
}
