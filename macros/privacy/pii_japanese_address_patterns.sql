{#-
    Japanese addresses: municipality, town and block (丁目, 番地, 号, or numbers with dashes), with
    what may stand before (〒, prefecture) and behind (building, room). Two numbers alone are a block
    only after a prefecture or a postal code; a 〒 is enough for a postal code.
-#}
{% macro pii_japanese_address_patterns(o, c, k) %}
    {%- set classes = pii_classes() -%}
    {%- set d = '[' ~ classes.digit ~ ']{1,4}' -%}
    {%- set kanji = '[〇一二三四五六七八九十百]{1,5}' -%}
    {%- set number = '(?:' ~ d ~ '|' ~ kanji ~ ')' -%}
    {%- set blank = '[' ~ classes.blank ~ ']?' -%}
    {%- set dash = '[のノ' ~ classes.dash ~ ']' -%}
    {%- set postal_code = '[' ~ classes.digit ~ ']{3}[' ~ classes.dash ~ '][' ~ classes.digit
        ~ ']{4}' -%}
    {%- set prefecture = '(?:北海道|東京都|(?:京都|大阪)府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬'
        ~ '|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取'
        ~ '|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県)' -%}
    {#- Without the particles that join a name to a sentence. -#}
    {%- set city = '[一-鿿々ヶァ-ヺーぁ-かき-てど-なぬ-のば-めゃ-ゑん]+[市区町村郡]' -%}
    {%- set part = '[一-鿿々ヶァ-ヺーぁ-てと-のば-ゑん]*' -%}
    {%- set town = part ~ '(?:[' ~ classes.blank ~ ']' ~ part ~ '){0,3}' -%}
    {%- set grid = '(?:[東西南北]' ~ number ~ '条[東西南北]?)?' -%}
    {%- set rest = '(?:' ~ number ~ '番地?(?:' ~ dash ~ '?' ~ number ~ '号?)?|' ~ d ~ '(?:' ~ dash ~ d
        ~ '){0,2}号?)?' -%}
    {%- set block = '(?:' ~ grid ~ number ~ '丁目' ~ rest ~ '|' ~ number ~ '番地(?:' ~ dash ~ '?'
        ~ number ~ '号?)?|' ~ number ~ '番' ~ number ~ '号|[1-9１-９][' ~ classes.digit ~ ']{0,3}(?:'
        ~ dash ~ d ~ '){2,3}(?:号室?)?)' -%}
    {%- set pair = d ~ dash ~ d ~ '号?' -%}
    {%- set name = '[一-鿿々ヶァ-ヺーA-Za-zＡ-Ｚａ-ｚ・]{0,16}(?:ビル|マンション|ハイツ|コーポ|アパート|タワー|荘'
        ~ '|ハウス|寮|館|団地|住宅|レジデンス|プラザ|コート)' -%}
    {%- set room = '[' ~ classes.digit ~ '一二三四五六七八九十]{1,4}(?:号室|号|階|F|Ｆ)' -%}
    {%- set building = '(?:[、,' ~ classes.blank ~ ']?' ~ name ~ '(?:' ~ blank ~ room ~ ')?|['
        ~ classes.blank ~ ']' ~ room ~ ')?' -%}
    {%- set zip = '(?:〒' ~ blank ~ ')?' ~ postal_code ~ '[\n、,' ~ classes.blank ~ ']{0,2}' -%}
    {%- set blocks = '(?:' ~ o ~ '[^' ~ o ~ c ~ ']*' ~ c -%}
    {{- return([{
        'find': '(' ~ block ~ ')',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': '(?:(?:' ~ zip ~ ')?' ~ prefecture ~ '|' ~ zip ~ city ~ ')' ~ town ~ blocks
            ~ '|' ~ pair ~ ')|' ~ city ~ town ~ blocks ~ ')',
        'put': k,
    }, {
        'find': k ~ building ~ '|〒' ~ blank ~ postal_code,
        'put': '[REDACTED-ADDRESS]',
    }]) -}}
{% endmacro %}
