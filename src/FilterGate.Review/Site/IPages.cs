using Microsoft.AspNetCore.Builder;

namespace FilterGate.Review.Site;

/// <summary>Some pages of the site, which <see cref="ReviewSite"/> maps. Each goes through <see cref="Gate"/>, and names its <see cref="Need"/> there.</summary>
internal interface IPages
{
    /// <summary>Maps them.</summary>
    void Map(WebApplication app);
}
