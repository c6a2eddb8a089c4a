using FilterGate.Policy.TwoKeys;

namespace FilterGate.Review.Site;

/// <summary>The roles of a policy as people say them.</summary>
internal static class RoleWords
{
    /// <summary><c>technician</c>.</summary>
    public static string Role(this Tongue tongue, string role) => tongue[Approvals.Say(role)];

    /// <summary>The same within a sentence, for languages in which the article depends on the word: <c>the technician</c>, and <c>a teacher</c>, of whom there are several.</summary>
    public static string TheRole(this Tongue tongue, string role) => tongue[role == Roles.Teacher ? "a teacher" : $"the {Approvals.Say(role)}"];

    /// <summary>With a capital, for the beginning of a sentence.</summary>
    public static string Capital(this Tongue tongue, string text) => text.Length == 0 ? text : char.ToUpper(text[0], tongue.Culture) + text[1..];
}
