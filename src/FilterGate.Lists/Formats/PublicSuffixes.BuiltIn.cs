namespace FilterGate.Lists.Formats;

internal sealed partial class PublicSuffixes
{
    /// <summary>Second levels under which domains are registered, written from common knowledge and not taken from the Public Suffix List: the United Kingdom first, then the countries that lists name most.</summary>
    private const string BuiltInRules =
        """
        co.uk org.uk *.sch.uk ac.uk gov.uk nhs.uk police.uk ltd.uk plc.uk me.uk net.uk mod.uk
        co.gg org.gg net.gg co.je org.je net.je co.im org.im ac.im net.im com.im com.gi org.gi gov.gi ltd.gi edu.gi
        gov.ie
        com.au net.au org.au edu.au gov.au asn.au id.au co.nz net.nz org.nz ac.nz govt.nz school.nz geek.nz maori.nz iwi.nz mil.nz cri.nz health.nz gen.nz kiwi.nz
        co.za org.za net.za ac.za gov.za web.za law.za nom.za school.za co.ke or.ke ac.ke go.ke ne.ke sc.ke me.ke info.ke com.ng org.ng net.ng edu.ng gov.ng sch.ng name.ng
        co.in net.in org.in gen.in firm.in ind.in ac.in edu.in res.in gov.in nic.in mil.in com.pk net.pk org.pk edu.pk gov.pk *.np com.bd org.bd net.bd edu.bd gov.bd ac.bd com.lk org.lk edu.lk gov.lk ac.lk
        co.jp or.jp ne.jp ac.jp ad.jp ed.jp go.jp gr.jp lg.jp co.kr or.kr ne.kr re.kr pe.kr go.kr ac.kr hs.kr ms.kr es.kr sc.kr kg.kr mil.kr
        com.cn net.cn org.cn edu.cn gov.cn ac.cn mil.cn com.hk net.hk org.hk edu.hk gov.hk idv.hk com.tw net.tw org.tw edu.tw gov.tw idv.tw club.tw com.mo org.mo edu.mo
        com.sg net.sg org.sg edu.sg gov.sg com.my net.my org.my edu.my gov.my mil.my name.my co.id or.id ac.id sch.id go.id web.id my.id biz.id net.id desa.id
        co.th or.th ac.th go.th in.th net.th mi.th com.vn net.vn org.vn edu.vn gov.vn com.ph net.ph org.ph edu.ph gov.ph com.kh org.kh edu.kh gov.kh *.mm *.ck !www.ck *.er *.fk *.jm *.pg
        com.br net.br org.br gov.br edu.br mil.br adv.br art.br blog.br eco.br ind.br inf.br med.br tv.br vet.br com.ar net.ar org.ar gob.ar gov.ar edu.ar int.ar mil.ar tur.ar
        com.mx net.mx org.mx edu.mx gob.mx com.co net.co org.co edu.co gov.co mil.co nom.co com.pe net.pe org.pe edu.pe gob.pe nom.pe com.ve net.ve org.ve edu.ve gob.ve co.ve
        com.uy net.uy org.uy edu.uy gub.uy com.ec net.ec org.ec edu.ec gob.ec com.bo org.bo edu.bo gob.bo com.py org.py edu.py gov.py com.gt org.gt edu.gt gob.gt com.do org.do edu.do gob.do co.cr or.cr ac.cr go.cr ed.cr fi.cr sa.cr com.pa org.pa edu.pa gob.pa com.cu org.cu edu.cu com.sv org.sv edu.sv gob.sv
        com.tr net.tr org.tr edu.tr gov.tr k12.tr bel.tr gen.tr web.tr info.tr biz.tr co.il org.il net.il ac.il gov.il k12.il muni.il idf.il
        com.sa net.sa org.sa edu.sa gov.sa sch.sa med.sa co.ae net.ae org.ae ac.ae gov.ae sch.ae com.eg net.eg org.eg edu.eg gov.eg sci.eg com.qa net.qa org.qa edu.qa gov.qa com.kw org.kw edu.kw gov.kw com.om org.om edu.om gov.om com.bh org.bh edu.bh gov.bh com.lb org.lb edu.lb gov.lb com.jo org.jo edu.jo gov.jo
        com.ua net.ua org.ua edu.ua gov.ua in.ua kiev.ua kyiv.ua lviv.ua odessa.ua kharkov.ua dp.ua com.pl net.pl org.pl edu.pl gov.pl info.pl biz.pl waw.pl
        com.gr net.gr org.gr edu.gr gov.gr com.cy net.cy org.cy ac.cy gov.cy com.mt net.mt org.mt edu.mt com.pt org.pt edu.pt gov.pt nome.pt com.es nom.es org.es gob.es edu.es
        asso.fr com.fr gouv.fr nom.fr prd.fr tm.fr gov.it edu.it co.at or.at ac.at gv.at co.hu org.hu info.hu com.ro org.ro info.ro nom.ro www.ro co.rs org.rs edu.rs ac.rs gov.rs in.rs com.hr from.hr iz.hr name.hr com.mk org.mk edu.mk com.al org.al edu.al gov.al
        com.by gov.by mil.by com.kz org.kz edu.kz gov.kz com.ge org.ge edu.ge gov.ge com.az org.az edu.az gov.az com.uz co.uz org.uz
        co.tz or.tz ac.tz go.tz sc.tz ne.tz co.ug or.ug ac.ug go.ug sc.ug co.zw org.zw ac.zw gov.zw co.zm com.zm org.zm ac.zm gov.zm sch.zm co.bw org.bw co.mz org.mz edu.mz com.gh org.gh edu.gh gov.gh com.na co.na co.ma org.ma net.ma ac.ma gov.ma co.mu com.mu org.mu ac.mu gov.mu com.tn org.tn gov.tn com.dz org.dz edu.dz gov.dz
        dni.us nsn.us
        """;
}
