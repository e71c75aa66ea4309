using System.Text;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

public sealed class DeliveredBodyTests
{
    private static readonly DeliveryRule Rule = new()
    {
        Format = "text/csv",
        Rows = [new() { Column = "group_size", Operator = "gteq", Value = "10" }, new() { Column = "consent", Operator = "eq", Value = "granted" }],
        Columns = ["point", "p01"],
    };

    [Theory]
    [InlineData("point,group_size,consent,p01\na,10,granted,1\nb,9,granted,2\nc,10,refused,3\nd,11,granted,4\n", "point,p01\na,1\nd,4\n")]
    [InlineData("point,group_size,consent,p01\r\na,10,granted,1\r\nb,9.99,granted,2", "point,p01\na,1\n")]
    [InlineData("p01,consent,group_size,point\n\"1,5\",granted,10,\"a\"\"\nb\"\n", "p01,point\n\"1,5\",\"a\"\"\nb\"\n")]
    [InlineData("point,group_size,consent,p01\na,ten,granted,1\nb,,granted,2\nc,1e1,granted,3\n", "point,p01\n")]
    [InlineData("point,group_size,consent,p01\n\na,10,\"granted\",1\n\n", "point,p01\na,1\n")]
    [InlineData("point,group_size,consent,p01", "point,p01\n")]
    [InlineData("", "")]
    public async Task Only_rows_that_fit_and_named_columns_go_on_however_the_answer_is_cut_into_pieces(string source, string delivered)
    {
        var bytes = Encoding.UTF8.GetBytes(source);
        for (var piece = 1; piece <= bytes.Length + 1; piece++)
        {
            using var sink = new MemoryStream();
            await using var body = new DeliveredBody(sink, Rule);
            foreach (var part in bytes.Chunk(piece))
            {
                await body.WriteAsync(part);
            }

            await body.CompleteAsync(CancellationToken.None);
            Assert.Equal(delivered, Encoding.UTF8.GetString(sink.ToArray()));
        }
    }

    [Theory]
    [InlineData("point,consent,p01\na,granted,1\n")]
    [InlineData("point,group_size,consent\na,10,granted\n")]
    [InlineData("point,point,group_size,consent,p01\na,a,10,granted,1\n")]
    [InlineData("<html>no table here</html>\n")]
    public async Task A_source_without_the_columns_of_the_contract_delivers_nothing(string source)
    {
        using var sink = new MemoryStream();
        await using var body = new DeliveredBody(sink, Rule);
        await Assert.ThrowsAsync<RefusalException>(async () => await body.WriteAsync(Encoding.UTF8.GetBytes(source)));
        Assert.NotNull(body.Refusal);
        Assert.Equal(0, sink.Length);
    }

    [Fact]
    public async Task A_record_with_other_fields_than_the_header_stops_the_delivery()
    {
        using var sink = new MemoryStream();
        await using var body = new DeliveredBody(sink, Rule);
        await Assert.ThrowsAsync<RefusalException>(async () =>
            await body.WriteAsync("point,group_size,consent,p01\na,10,granted,1,10,granted\n"u8.ToArray()));
    }

    [Fact]
    public async Task A_record_without_end_is_not_held_for_ever()
    {
        using var sink = new MemoryStream();
        await using var body = new DeliveredBody(sink, Rule);
        await Assert.ThrowsAsync<RefusalException>(async () => await body.WriteAsync(Encoding.UTF8.GetBytes("\"" + new string('a', 2 << 20))));
    }
}
