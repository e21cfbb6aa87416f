{#- The words that announce a credential, shared by the patterns and their prefilter. -#}
{% macro pii_secret_cues() %}
    {%- set passwords = ['パスワード', 'パスコード', 'パスフレーズ', '暗証番号', 'ﾊﾟｽﾜｰﾄﾞ', '密码', '密碼',
        '비밀번호'] -%}
    {%- for word in ['password', 'passwd', 'passwort', 'passphrase', 'passcode', 'pass_word', 'pwd'] -%}
        {%- do passwords.append(pii_any_case(word)) -%}
    {%- endfor -%}
    {%- set keys = [] -%}
    {%- for word in ['api', 'access', 'secret', 'private', 'account', 'auth', 'encryption', 'signing',
        'master', 'license', 'service', 'subscription', 'storage', 'admin', 'deploy'] -%}
        {%- do keys.append(pii_any_case(word)) -%}
    {%- endfor -%}
    {%- set tokens = [
        pii_any_case('secret'), pii_any_case('token'), pii_any_case('credential'),
        pii_any_case('signature'), '(?:' ~ keys | join('|') ~ ')[ _-]?' ~ pii_any_case('key'),
        '(?:^|[?&;, \\n"\'{])(?:sig|SIG)', 'シークレット(?:キー)?', 'トークン',
        '(?:API|ＡＰＩ|アクセス|認証|秘密) ?(?:キー|鍵)',
    ] -%}
    {#- No other word begins like this, so whatever follows at some length is a credential. -#}
    {%- set telling = [
        'sk-(?:ant|proj|svcacct|admin|or|lf)-', 'pk-lf-', 'gh[oprsu]_', 'github_pat_',
        'gl(?:pat|oas|dt|rtr?|cbt|ptt|ft|imt|agent|soat|ffct|wt)-', 'xox[a-z](?:[.]xox[a-z])?-',
        'xapp-[0-9]-', '[rs]k_(?:live|test|prod)_', 'whsec_', 'AIza', 'ya29[.]', 'GOCSPX-', '1//0',
        'SG[.]', 'do[opr]_v1_', 'shp(?:at|ca|pa|ss|tka)_', 'lin_(?:api|oauth)_', 'sbp_',
        'sb_secret_', 'dp[.](?:pt|st|ct|sa|scim|audit)[.]', 'pscale_[a-z]+_', 'lsv2_[a-z]{2}_',
        'nvapi-', 'tgp_v1_', 'tvly-', 'pplx-', 'AT[AC]TT3', 'CCIPAT_', 'PMAK-', 'NR[AI][KI]-',
        'glsa_', 'dt0[a-z][0-9]{2}[.]', 'sntry[su]_', 'figd_', 'dckr_[a-z]{3}_', 'xkeysib-',
        'xsmtpsib-', 'tskey-', 'sq0[a-z]{3}-', 'rubygems_', 'AGE-SECRET-KEY-1', 'HRKU-', 'CFPAT-',
        'FLWSECK', 'rzp_(?:live|test)_', 'ATBB', 'AKCp', 'f[mo][0-9]_', 'hv[brs][.]',
    ] -%}
    {#- Words begin so, too. A blank, Japanese, an escaped line end or an encoded sign is before. -#}
    {%- set likely = '(^|[^A-Za-z0-9_-]|\\\\[nrt]|%[0-9A-F]{2})((?:(?:[sp]k|csk|hf|r8|npm|pypi|key'
        ~ '|secret|gsk|xai|ntn|jina|e2b|pul|re|fw|pa|fc|glc|pcsk|rnd|nfp|napi|api_org|phx|dbt[cu]|rpa'
        ~ '|vcp|wandb_v1|tfp|ops|ak|as)[_-]|sl[.]|dapi)' -%}
    {{- return({
        'passwords': '(?:' ~ passwords | join('|') ~ ')',
        'short': '(?:(?:^|[^A-Za-z])(?:' ~ pii_any_case('pass') ~ '|' ~ pii_any_case('pw') ~ '|PIN))',
        'quoted': '(?:(?:' ~ pii_any_case('password') ~ '|パスワード)[ 　]?|'
            ~ pii_any_case('identified by') ~ ' )',
        'tokens': '(?:' ~ tokens | join('|') ~ ')',
        'placeholders': '[A-Za-z_]*(?:' ~ pii_any_case('password') ~ '|' ~ pii_any_case('passwd') ~ '|'
            ~ pii_any_case('token') ~ ')|[A-Z]*PASS',
        'telling': '(?:' ~ telling | join('|') ~ ')',
        'likely': likely,
        'hooks': 'hooks[.]slack[.]com/[a-z]+/|discord(?:app)?[.]com/api/webhooks/'
            ~ '|webhook[.]office[.]com/[a-z0-9]+/',
    }) -}}
{% endmacro %}
