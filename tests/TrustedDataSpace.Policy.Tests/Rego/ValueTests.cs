using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class ValueTests
{
    [Fact]
    public void Kinds_sort_in_the_order_of_the_language() =>
        Assert.Equal("""[null,false,true,-1,2,"a",[1],{"a":1},[0]]""", Evaluate.P("""p := sort([{0}, {"a": 1}, [1], "a", 2, -1, true, false, null])"""));

    [Fact]
    public void Strings_sort_by_code_point() =>
        Assert.Equal("\"\uFF5E\"", Evaluate.P("p := min([\"\U0001F600\", \"\uFF5E\"])"));

    [Fact]
    public void Large_objects_find_every_member()
    {
        var members = Enumerable.Range(0, 100).Select(i => KeyValuePair.Create<RegoValue, RegoValue>(new RegoString($"k{i}"), new RegoNumber(i)));
        var value = new RegoObject(members);
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(new RegoNumber(i), value[$"k{i}"]));
        Assert.Null(value["k100"]);
    }

    [Fact]
    public void Order_of_insertion_does_not_matter_for_equality()
    {
        var (x, y) = (RegoValue.ParseJson("""{"a": 1, "b": [true]}"""), RegoValue.ParseJson("""{"b": [true], "a": 1}"""));
        Assert.Equal(x, y);
        Assert.Equal(x.GetHashCode(), y.GetHashCode());
        Assert.Equal(x.ToJsonString(), y.ToJsonString());
    }

    [Fact]
    public void Last_of_two_equal_names_in_JSON_counts() =>
        Assert.Equal("""{"a":2}""", RegoValue.ParseJson("""{"a": 1, "a": 2}""").ToJsonString());

    [Fact]
    public void Keys_that_are_no_strings_become_their_JSON_text() =>
        Assert.Equal("""{"1":"a","[2]":"b"}""", Evaluate.P("""p := {1: "a", [2]: "b"}"""));
}
