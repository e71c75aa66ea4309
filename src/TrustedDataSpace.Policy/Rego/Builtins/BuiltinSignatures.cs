using System.Collections.Frozen;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Which kinds of values the builtins take and give, as OPA declares them; for mistakes that can be known before anything runs.</summary>
internal static class BuiltinSignatures
{
    /// <summary>
    /// Operands and result: <c>s</c> string, <c>n</c> number, <c>b</c> boolean, <c>0</c> null, <c>a</c> array, <c>o</c> object, <c>t</c> set,
    /// <c>x</c> anything; several letters for several kinds. One line for the builtins that are alike.
    /// </summary>
    private static readonly (string Signature, string Names)[] Declared =
    [
        (" > n", "time.now_ns"),
        ("0bns > n", "to_number"),
        ("a > a", "array.flatten array.reverse"),
        ("a > o", "object.union_n"),
        ("a a > a", "array.concat"),
        ("a n n > a", "array.slice"),
        ("an > a", "time.clock time.date"),
        ("an > s", "time.format time.weekday"),
        ("an an > a", "time.diff"),
        ("aost > n", "count"),
        ("aost aost > t", "net.cidr_contains_matches"),
        ("aot aot > b", "object.subset"),
        ("ast ast > b", "strings.any_prefix_match strings.any_suffix_match"),
        ("at > a", "sort"),
        ("at > b", "all any"),
        ("at > n", "product sum"),
        ("at > t", "net.cidr_merge"),
        ("at > x", "max min"),
        ("n > n", "abs bits.negate ceil floor round"),
        ("n n > a", "numbers.range"),
        ("n n > n", "bits.and bits.lsh bits.or bits.rsh bits.xor div mul plus rem"),
        ("n n > s", "format_int"),
        ("n n n > a", "numbers.range_step"),
        ("n n n n > n", "time.add_date"),
        ("nt nt > nt", "minus"),
        ("o > s", "urlquery.encode_object"),
        ("o > t", "object.keys"),
        ("o aot > o", "object.filter object.remove"),
        ("o at > o", "json.filter json.remove"),
        ("o at > t", "graph.reachable graph.reachable_paths"),
        ("o o > o", "object.union"),
        ("o s > s", "strings.replace_n"),
        ("o x x > x", "object.get"),
        ("s 0a s > b", "glob.match"),
        ("s > b", "base64.is_valid json.is_valid net.cidr_is_valid regex.is_valid trace uri.is_valid yaml.is_valid"),
        ("s > n", "time.parse_duration_ns time.parse_rfc3339_ns units.parse units.parse_bytes"),
        ("s > o", "uri.parse urlquery.decode_object uuid.parse"),
        ("s > s",
            "base64.decode base64.encode base64url.decode base64url.encode base64url.encode_no_pad crypto.md5 crypto.sha1 crypto.sha256 " +
            "glob.quote_meta hex.decode hex.encode lower strings.reverse trim_space upper urlquery.decode urlquery.encode uuid.rfc4122"),
        ("s > t", "net.cidr_expand"),
        ("s > x", "json.unmarshal yaml.unmarshal"),
        ("s a > s", "sprintf"),
        ("s at > s", "concat"),
        ("s n > n", "rand.intn"),
        ("s n n > s", "substring"),
        ("s o > s", "strings.render_template"),
        ("s s > a", "indexof_n regex.split split"),
        ("s s > b", "contains crypto.hmac.equal endswith net.cidr_contains net.cidr_intersects regex.globs_match regex.match startswith"),
        ("s s > n", "indexof semver.compare strings.count time.parse_ns"),
        ("s s > s", "crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 crypto.hmac.sha512 trim trim_left trim_prefix trim_right trim_suffix"),
        ("s s n > a", "regex.find_all_string_submatch_n regex.find_n strings.split_n"),
        ("s s s > s", "regex.replace replace"),
        ("s s s s > b", "regex.template_match"),
        ("t > t", "intersection union"),
        ("t t > t", "and or"),
        ("x > b", "is_array is_boolean is_null is_number is_object is_set is_string semver.is_valid"),
        ("x > s", "json.marshal type_name yaml.marshal"),
        ("x a > x", "json.patch"),
        ("x o > s", "json.marshal_with_options"),
        ("x x > b", "eq equal gt gte internal.member_2 lt lte neq"),
        ("x x x > b", "internal.member_3"),
    ];

    private static readonly FrozenDictionary<string, BuiltinSignature> ByName = Declared
        .SelectMany(line => line.Names.Split(' ').Select(name => (name, Signature: BuiltinSignature.Parse(line.Signature))))
        .ToFrozenDictionary(entry => entry.name, entry => entry.Signature);

    public static BuiltinSignature? Find(string name) => ByName.GetValueOrDefault(name);
}

/// <summary>The kinds of the operands and of the result.</summary>
internal sealed record BuiltinSignature(Kinds[] Operands, Kinds Result)
{
    private const string Letters = "0bnsaot";

    public static BuiltinSignature Parse(string text)
    {
        var parts = text.Split('>', StringSplitOptions.TrimEntries);
        return new([.. parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ParseKinds)], ParseKinds(parts[1]));
    }

    private static Kinds ParseKinds(string letters) => letters == "x"
        ? Kinds.Any
        : letters.Aggregate(Kinds.None, (kinds, letter) => kinds | (Kinds)(1 << Letters.IndexOf(letter, StringComparison.Ordinal)));
}

/// <summary>A set of <see cref="RegoKind"/>s.</summary>
[Flags]
internal enum Kinds
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Number = 4,
    String = 8,
    Array = 16,
    Object = 32,
    Set = 64,
    Any = 127,
}
