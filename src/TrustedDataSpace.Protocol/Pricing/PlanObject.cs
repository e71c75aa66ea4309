using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// Reads the members of one object of a price plan. A fault becomes a problem with its place, and reading goes on with a
/// stand-in; a plan with problems is never handed out.
/// </summary>
internal sealed class PlanObject
{
    private const int MaxText = 200;

    private readonly string path;
    private readonly PlanProblems problems;
    private readonly bool isObject;
    private readonly Dictionary<string, JsonElement> unread = [];
    private readonly List<string> known = [];

    public PlanObject(JsonElement element, string path, PlanProblems problems)
    {
        this.path = path;
        this.problems = problems;
        isObject = element.ValueKind == JsonValueKind.Object;
        if (!isObject)
        {
            // Undefined is a missing one, which was reported where it was looked for.
            if (element.ValueKind != JsonValueKind.Undefined)
            {
                problems.Malformed(path, "it must be a JSON object", "write an object");
            }

            return;
        }

        foreach (var member in element.EnumerateObject())
        {
            unread[member.Name] = member.Value;
        }
    }

    public string Text(string name) => OptionalText(name) ?? Missing(name, "");

    /// <summary>Null when it is absent or null.</summary>
    public string? OptionalText(string name)
    {
        if (Take(name) is not { } element)
        {
            return null;
        }

        return IsText(element) ? element.GetString() : Wrong(name, $"it must be a text of 1 to {MaxText} characters", "write a string", "");
    }

    /// <summary>One of some words; a stand-in when it is another.</summary>
    public string Word(string name, IReadOnlyList<string> words) => OptionalWord(name, words) ?? Missing(name, words[0]);

    public string? OptionalWord(string name, IReadOnlyList<string> words)
    {
        var word = OptionalText(name);
        if (word is { Length: > 0 } && !words.Contains(word))
        {
            Unsupported(name, $"\"{word}\" is not known", $"write one of {string.Join(", ", words)}");
            return words[0];
        }

        return word;
    }

    public bool? OptionalFlag(string name)
    {
        if (Take(name) is not { } element)
        {
            return null;
        }

        return element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : Wrong(name, "it is neither true nor false", "write true, or leave it out", false);
    }

    public long Whole(string name, long least, long most) => OptionalWhole(name, least, most) ?? Missing(name, least);

    public long? OptionalWhole(string name, long least, long most)
    {
        if (Take(name) is not { } element)
        {
            return null;
        }

        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var value) && value >= least && value <= most
            ? value
            : Wrong(name, "it is not a whole number in its range", $"write a whole number from {least} to {most}", least);
    }

    public decimal Money(string name, int mostDecimals) => OptionalMoney(name, mostDecimals) ?? Missing(name, 0m);

    public decimal? OptionalMoney(string name, int mostDecimals)
    {
        if (Take(name) is not { } element)
        {
            return null;
        }

        if (element.ValueKind == JsonValueKind.Number)
        {
            return Wrong(name, "money must not be a JSON number, which loses digits", "write it as a string such as \"0.60\"", 0m);
        }

        if (!IsText(element) || !MoneyConverter.TryParse(element.GetString()!, out var value))
        {
            return Wrong(name, "it is not an amount of money", "write a string such as \"0.60\"", 0m);
        }

        if (value < 0 || value >= PricePlan.PriceLimit)
        {
            return Wrong(name, value < 0 ? "it is negative" : "it is too large", $"write an amount from 0 to less than {PricePlan.PriceLimit}", 0m);
        }

        return value.Scale <= mostDecimals ? value : Wrong(name, $"it has {value.Scale} decimals", $"write at most {mostDecimals}", 0m);
    }

    public DateTimeOffset? OptionalTime(string name)
    {
        if (Take(name) is not { } element)
        {
            return null;
        }

        try
        {
            return ProtocolJson.Read<DateTimeOffset>(element);
        }
        catch (RefusalException)
        {
            return Wrong(name, "it is not a time", "write RFC 3339 with its zone, such as 2026-05-01T00:00:00Z", default(DateTimeOffset?));
        }
    }

    public PlanObject Object(string name) => new(Take(name) ?? Missing(name, default(JsonElement)), Place(name), problems);

    public IReadOnlyList<PlanObject> Objects(string name, int most) =>
        [.. List(name, Take(name) ?? Missing(name, default(JsonElement)), most).Select((e, i) => new PlanObject(e, $"{Place(name)}[{i}]", problems))];

    /// <summary>Null when it is absent or null.</summary>
    public PlanObject? OptionalObject(string name) => Take(name) is { } element ? new(element, Place(name), problems) : null;

    /// <summary>Null when it is absent or null.</summary>
    public IReadOnlyList<PlanObject>? OptionalObjects(string name, int most) =>
        Take(name) is { } element ? [.. List(name, element, most).Select((e, i) => new PlanObject(e, $"{Place(name)}[{i}]", problems))] : null;

    /// <summary>A share of the whole, from 0 to 1.</summary>
    public decimal Rate(string name)
    {
        var rate = Money(name, PricePlan.MaxRateDecimals);
        return rate <= 1 ? rate : Wrong(name, "it is more than the whole", "write a rate from 0 to 1, such as \"0.06\"", 0m);
    }

    /// <summary>Different texts; null when there is no such list.</summary>
    public IReadOnlyList<string>? OptionalTexts(string name, int most)
    {
        if (Take(name) is not { } element)
        {
            return null;
        }

        var items = List(name, element, most);
        var texts = items.Where(IsText).Select(e => e.GetString()!).Distinct().ToList();
        return texts.Count == items.Count ? texts : Wrong(name, $"it must list different texts of 1 to {MaxText} characters", "write strings, each once", texts);
    }

    public void Unsupported(string name, string message, string remedy) => problems.Unsupported(Place(name), message, remedy);

    /// <summary>Reports the members that nobody asked for.</summary>
    public void End()
    {
        foreach (var name in unread.Keys)
        {
            Unsupported(name, "this property is not known, and a plan is not rated by half", $"leave it out; known: {string.Join(", ", known)}");
        }
    }

    private static bool IsText(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 and <= MaxText } text && !string.IsNullOrWhiteSpace(text);

    private JsonElement? Take(string name)
    {
        known.Add(name);
        return unread.Remove(name, out var element) && element.ValueKind != JsonValueKind.Null ? element : null;
    }

    private List<JsonElement> List(string name, JsonElement element, int most)
    {
        if (element.ValueKind == JsonValueKind.Undefined)
        {
            return [];
        }

        return element.ValueKind == JsonValueKind.Array && element.GetArrayLength() is var length && length > 0 && length <= most
            ? [.. element.EnumerateArray()]
            : Wrong(name, "it is not a list of the right length", $"write a list of 1 to {most}", new List<JsonElement>());
    }

    private string Place(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private T Missing<T>(string name, T standIn) => isObject ? Wrong(name, "it is missing", "give it", standIn) : standIn;

    private T Wrong<T>(string name, string message, string remedy, T standIn)
    {
        problems.Malformed(Place(name), message, remedy);
        return standIn;
    }
}
