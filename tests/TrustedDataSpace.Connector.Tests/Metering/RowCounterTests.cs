using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class RowCounterTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("h1,h2", 0)]
    [InlineData("h1,h2\n", 0)]
    [InlineData("h1,h2\n1,2", 1)]
    [InlineData("h1,h2\n1,2\n", 1)]
    [InlineData("h1,h2\r\n1,2\r\n3,4\r\n", 2)]
    [InlineData("h1,h2\n\n1,2\n\n", 1)]
    [InlineData("h1,h2\n\"a\nb\",2\n3,4\n", 2)]
    [InlineData("h1,h2\n\"a\"\"\nb\",2\n", 1)]
    [InlineData("\uFEFFh1,h2\n1,2\n", 1)]
    [InlineData("\uFEFF\nh1,h2\n1,2\n", 1)]
    [InlineData("\uFF08h1\n1\n", 1)]
    public void Records_of_csv_are_counted_however_they_are_cut_into_pieces(string csv, long records)
    {
        var bytes = Encoding.UTF8.GetBytes(csv);
        for (var piece = 1; piece <= bytes.Length + 1; piece++)
        {
            var counter = new RowCounter(new MeterRule { Unit = MeterRule.Row, Format = "text/csv", ValuesPerRecord = 96 });
            foreach (var part in bytes.Chunk(piece))
            {
                counter.Add(part);
            }

            Assert.Equal(records * 96, counter.Rows);
            Assert.Equal(bytes.Length, counter.Bytes);
        }
    }

    [Fact]
    public void Lines_are_counted_as_they_are_byte_by_byte()
    {
        var rule = new MeterRule { Unit = MeterRule.Row, Format = "text/csv" };
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[RandomNumberGenerator.GetInt32(1, 24)];
            var alphabet = round % 2 == 0 ? "\n\r\"a" : "\n\raa";
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)alphabet[RandomNumberGenerator.GetInt32(alphabet.Length)];
            }

            var counter = new RowCounter(rule);
            for (var at = 0; at < bytes.Length;)
            {
                var part = RandomNumberGenerator.GetInt32(1, bytes.Length - at + 1);
                counter.Add(bytes.AsSpan(at, part));
                at += part;
            }

            var (lines, quoted, hasContent) = (0L, false, false);
            foreach (var value in bytes)
            {
                quoted ^= value == '"';
                var ends = value == '\n' && !quoted;
                lines += ends && hasContent ? 1 : 0;
                hasContent = !ends && (hasContent || value != '\r');
            }

            var which = Convert.ToHexString(bytes);
            Assert.Equal((which, Math.Max(0, lines - 1), Math.Max(0, lines - 1 + (hasContent ? 1 : 0))), (which, counter.Delivered(UsageOutcomes.Cut), counter.Rows));
        }
    }

    [Theory]
    [InlineData("h1,h2\n1,2\n3,", 1)]
    [InlineData("h1,h2\n1,2\n\"a\nb", 1)]
    [InlineData("h1,h2\n1,2\n", 1)]
    [InlineData("h1,", 0)]
    public void Of_an_answer_that_was_cut_the_record_in_the_middle_of_which_it_was_is_none(string csv, long records)
    {
        var counter = new RowCounter(new MeterRule { Unit = MeterRule.Row, Format = "text/csv", ValuesPerRecord = 96 });
        counter.Add(Encoding.UTF8.GetBytes(csv));
        Assert.Equal(records * 96, counter.Delivered(UsageOutcomes.Cut));
        Assert.Equal(counter.Rows, counter.Delivered(UsageOutcomes.Ok));
        Assert.Equal(0, counter.Delivered(UsageOutcomes.Miss));
    }

    [Fact]
    public void Without_a_rule_for_rows_only_bytes_are_counted()
    {
        var counter = new RowCounter(null);
        counter.Add("h\n1\n2\n"u8);
        Assert.Equal((0, 6), (counter.Rows, counter.Bytes));
    }
}
